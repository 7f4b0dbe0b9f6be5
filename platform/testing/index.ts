export { askKeeper } from './ask-keeper.ts';
export { HttpDouble, sendJson, type HttpCall } from './http-double.ts';
export { leastCpuMs } from './least-cpu-time.ts';
export { until } from './until.ts';
export { signedInAs } from './signed-in-as.ts';
