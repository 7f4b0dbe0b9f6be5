/**
 * Milliseconds since 1970 of a time by ISO 8601 (`2026-01-31T12:00:00Z`): in UTC where it names no zone, a day alone is
 * its beginning. Days must be in the calendar. NaN for anything else.
 */
export declare function readTime(value: unknown): number;

/** Why a value is refused, naming it. */
export declare function notATime(value: unknown): string;
