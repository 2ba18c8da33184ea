import { describe, expect, it, vi } from "vitest";
import { Channel, PATIENCE, Refused, Silent } from "../src/channel";
import { Kernel, refusal } from "./kernel";

describe("a channel", () => {
  it("gives each question the reply that names it", async () => {
    const kernel = new Kernel({});
    const channel = new Channel(kernel);
    const first = channel.ask({ do: "cancel" });
    const second = channel.ask({ do: "retry" });
    kernel.reply(kernel.sent[1]!.id, { run: "b" });
    kernel.reply(kernel.sent[0]!.id, { note: "a" });
    expect(await first).toEqual({ note: "a" });
    expect(await second).toEqual({ run: "b" });
  });

  it("does not take the replies of another view of the same model", () => {
    const kernel = new Kernel({});
    const [one, other] = [new Channel(kernel), new Channel(kernel)];
    void one.ask({ do: "cancel" });
    void other.ask({ do: "cancel" });
    expect(kernel.sent[0]!.id).not.toBe(kernel.sent[1]!.id);
    expect(Number.isSafeInteger(kernel.sent[0]!.id)).toBe(true);
  });

  it("rejects with the kernel's reason", async () => {
    const kernel = new Kernel({});
    kernel.answers["cancel"] = () => {
      throw refusal("KN301", "it has ended");
    };
    const error = await new Channel(kernel).ask({ do: "cancel" }).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).failure.code).toBe("KN301");
  });

  it("says after a while that the kernel does not answer, and what works then", async () => {
    vi.useFakeTimers();
    const kernel = new Kernel({});
    const asked = new Channel(kernel).ask({ do: "cancel" }).catch((found: unknown) => found);
    await vi.advanceTimersByTimeAsync(PATIENCE - 1);
    kernel.reply(1, {});
    await vi.advanceTimersByTimeAsync(1);
    const error = await asked;
    expect(error).toBeInstanceOf(Silent);
    expect((error as Silent).message).toContain("kodonb cancel RUN");
  });

  it("waits on for what must not be asked twice, and says meanwhile that the kernel is silent", async () => {
    vi.useFakeTimers();
    const kernel = new Kernel({});
    const notices: Silent[] = [];
    const asked = new Channel(kernel).ask({ do: "submit", values: {} }, [], (silent) => notices.push(silent));
    await vi.advanceTimersByTimeAsync(4 * PATIENCE);
    expect(notices).toHaveLength(1);
    kernel.reply(kernel.sent[0]!.id, { run: "late" });
    expect(await asked).toEqual({ run: "late" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("says so at once when the kernel's end is gone", async () => {
    const kernel = new Kernel({});
    kernel.send = () => {
      throw new Error("comm is closed");
    };
    await expect(new Channel(kernel).ask({ do: "cancel" })).rejects.toBeInstanceOf(Silent);
  });

  it("hands on pushes until it is closed, and leaves no listener", async () => {
    const kernel = new Kernel({});
    const channel = new Channel(kernel);
    const heard: number[] = [];
    channel.onPush((push) => heard.push(push.number));
    const waiting = channel.ask({ do: "cancel" });
    kernel.push({ run: "a", number: 1, sections: {} });
    channel.close();
    kernel.push({ run: "a", number: 2, sections: {} });
    expect(heard).toEqual([1]);
    expect(kernel.heard).toBe(0);
    await expect(waiting).rejects.toThrow();
  });
});
