export { openDomain, OpenDomain, type DomainOptions, type Stoppable, type Work } from './open-domain.ts';
