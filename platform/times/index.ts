export { notATime, readTime } from './read-time.mjs';
export { notAZone, zoneOffset } from './time-zone.mjs';
