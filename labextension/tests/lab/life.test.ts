import { beforeEach, describe, expect, it } from "vitest";
import { Life, type State } from "../../lab/src/life";
import { settled } from "../show";
import { FakeKernel, FakeSession, MODEL } from "./notebook";

let session: FakeSession;
let kernel: FakeKernel;
let told: State[];
const follow = () => new Life(session, MODEL, (state) => told.push(state));

beforeEach(() => {
  session = new FakeSession();
  kernel = new FakeKernel();
  session.session = { kernel };
  told = [];
});

describe("a widget's model", () => {
  it("that the page knows is live at once", () => {
    kernel.known.add(MODEL);
    follow();
    expect(told).toEqual(["unknown", "live"]);
  });

  it.each([
    [{ [MODEL]: {} }, "live"],
    [{ other: {} }, "gone"],
  ])("is what the kernel says (%j: %s)", async (comms, state) => {
    kernel.comms = comms;
    follow();
    await settled();
    expect(told).toEqual(["unknown", state]);
    expect(kernel.anyMessage.slots.size).toBe(0);
  });

  it("may come back before a busy kernel has answered", async () => {
    kernel.comms = "silent";
    follow();
    kernel.anyMessage.emit({});
    expect(told).toEqual(["unknown"]);
    kernel.known.add(MODEL);
    kernel.anyMessage.emit({});
    kernel.anyMessage.emit({});
    expect(told).toEqual(["unknown", "live"]);
  });

  it.each(["restarting", "autorestarting", "dead"])("goes with a kernel that is %s", async (status) => {
    kernel.known.add(MODEL);
    follow();
    session.statusChanged.emit("busy");
    kernel.known.clear();
    session.statusChanged.emit(status);
    session.statusChanged.emit("idle");
    await settled();
    expect(told).toEqual(["unknown", "live", "gone"]);
  });

  it("is asked for anew in another kernel", async () => {
    follow();
    await settled();
    const other = new FakeKernel();
    other.comms = { [MODEL]: {} };
    session.change(other);
    await settled();
    expect(told).toEqual(["unknown", "gone", "unknown", "live"]);
  });

  it("is not judged by a kernel that was let go, nor by one that was restarted before it answered", async () => {
    kernel.comms = { [MODEL]: {} };
    follow();
    const other = new FakeKernel();
    other.comms = new Error("canceled");
    session.change(other);
    await settled();
    expect(told).toEqual(["unknown", "unknown"]);
    session.statusChanged.emit("restarting");
    expect(told.at(-1)).toBe("gone");
  });

  it("is gone once a notebook has begun without a kernel, not before", async () => {
    session.session = null;
    session.isReady = false;
    follow();
    expect(told).toEqual(["unknown"]);
    session.begun();
    await settled();
    expect(told.at(-1)).toBe("gone");
  });

  it("goes with a kernel that is shut down", async () => {
    kernel.known.add(MODEL);
    follow();
    session.shutDown();
    await settled();
    expect(told).toEqual(["unknown", "live", "unknown", "gone"]);
  });

  it("is followed until nobody wants to know", async () => {
    kernel.comms = "silent";
    follow().close();
    const slots = [kernel.anyMessage, session.kernelChanged, session.statusChanged].map(
      ({ slots }) => slots.size,
    );
    expect(slots).toEqual([0, 0, 0]);
  });

  it("of a closed view is not told of when the notebook begins late", async () => {
    session.session = null;
    session.isReady = false;
    follow().close();
    session.begun();
    await settled();
    expect(told).toEqual(["unknown"]);
  });
});
