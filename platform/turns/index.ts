export { paceSchema } from './pace-schema.ts';
export { paced } from './paced.ts';
export { inSlices, type Slice, type Sliced } from './slices.ts';
export { forEachInTurns, mapInTurns, turn, Turns } from './turns.ts';
