/** Numbers and times as people read them, the same as kodonb/display/format.py says them. */

const two = (value: number) => String(value).padStart(2, "0");

/** Returns a duration such as `450 ms`, `1.2 s`, `3 min 05 s`, `2 h 07 min`, `3 d 04 h`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return "—";
  if (Math.round(seconds * 1000) < 1000) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  return seconds < 59.95 ? `${seconds.toFixed(1)} s` : long(seconds);
}

/** Returns a duration that ticks: whole seconds. */
export function ticking(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 60 ? `${whole} s` : long(whole);
}

function long(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}

/** Returns a number of bytes such as `17 B`, `64 KiB`, `1.5 MiB`. */
export function size(bytes: number): string {
  let left = bytes;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (left < 1024)
      return `${unit === "B" || left >= 100 ? Math.round(left) : +left.toPrecision(3)} ${unit}`;
    left /= 1024;
  }
  return `${+left.toPrecision(3)} TiB`;
}

/** Returns the local time of day to the millisecond. */
export function clock(at: number): string {
  const date = new Date(at);
  const seconds = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Returns local date and time to the second. */
export function moment(at: number | null): string {
  if (at === null) return "—";
  const date = new Date(at);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${clock(at).slice(0, 8)}`;
}

/** Returns a time as ISO 8601 in UTC; empty for what is no time. */
export function iso(at: number | null): string {
  return at === null || Number.isNaN(new Date(at).getTime()) ? "" : new Date(at).toISOString();
}

/** Returns a JSON value on one line. */
export function compact(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
