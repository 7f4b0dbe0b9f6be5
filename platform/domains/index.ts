export type { DomainName } from './__generated__/domain-name.ts';
export { DOMAIN_NAMES, DOMAINS, databaseVariable, domainOf, urlVariable, type Domain } from './domains.ts';
