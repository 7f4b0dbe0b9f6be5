/**
 * How many minutes the zone is ahead of UTC at that time (milliseconds since 1970): a name of the time zone database
 * (`Europe/Amsterdam`), an offset (`+02:00`, `+0200`, at most 14 hours) or `Z`. NaN for anything else.
 */
export declare function zoneOffset(zone: unknown, milliseconds: number): number;

/** A sentence that names what is no time zone, and shows some. */
export declare function notAZone(zone: unknown): string;
