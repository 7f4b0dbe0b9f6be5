export { paceSchema } from './pace-schema.ts';
export { paced } from './paced.ts';
export { forEachInTurns, mapInTurns, turn, Turns } from './turns.ts';
