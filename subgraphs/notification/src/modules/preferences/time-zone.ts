/** Whether the runtime knows it as an IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Offsets such as `+02:00` are no zones: they know nothing of summer time.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
