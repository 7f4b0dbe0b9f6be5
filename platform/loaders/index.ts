export { perArguments } from './per-arguments.ts';
