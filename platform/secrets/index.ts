export { SecretError, createSecretBox, type SecretBox } from './secret-box.ts';
