export { notATime, readTime } from './read-time.mjs';
