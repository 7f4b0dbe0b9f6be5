export { Circuit, NoAnswerError, type CircuitOptions } from './circuit.ts';
