export {
  INTEGRATION_USE_CHANGED,
  integrationUseChanged,
  readIntegrationUser,
  type IntegrationUse,
  type IntegrationUser,
  type IntegrationUserKind,
} from './integration-use.ts';
