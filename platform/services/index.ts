export { nextTryInMs } from './patience.ts';
export { ServiceAwayError, ServiceRefusedError } from './service-errors.ts';
export { createServices, type Service, type ServiceCall, type Services } from './services.ts';
