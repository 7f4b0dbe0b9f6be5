export { leastCpuMs } from './least-cpu-time.ts';
