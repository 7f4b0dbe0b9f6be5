import { zoneOffset } from '@flowmesh/platform/times';

// A local time is what the clocks of a zone show, written as milliseconds as if the zone were UTC.

const MINUTE_MS = 60_000;
/** No zone has ever changed its clocks by more (Samoa left out a day), or twice within twice this time. */
const MOST_MS = 25 * 3_600_000;

/** What the clocks of the zone show at this moment. */
export const localTimeAt = (zone: string, moment: number): number => moment + zoneOffset(zone, moment) * MINUTE_MS;

/**
 * The moment at which the clocks of the zone show this time: the first one where they show it twice, and the one at which they
 * go on where they leave it out.
 */
export function momentOf(zone: string, local: number): number {
  const offsets = new Set([zoneOffset(zone, local - MOST_MS), zoneOffset(zone, local + MOST_MS)]);
  const moments = [...offsets]
    .map((offset) => local - offset * MINUTE_MS)
    .filter((moment) => localTimeAt(zone, moment) === local);
  return moments.length > 0 ? Math.min(...moments) : endOfGap(zone, local);
}

/** The first moment at which the clocks show a later time, which they leave out. */
function endOfGap(zone: string, local: number): number {
  let low = Math.floor((local - MOST_MS) / MINUTE_MS);
  let high = Math.ceil((local + MOST_MS) / MINUTE_MS);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (localTimeAt(zone, middle * MINUTE_MS) > local) high = middle;
    else low = middle;
  }
  return high * MINUTE_MS;
}
