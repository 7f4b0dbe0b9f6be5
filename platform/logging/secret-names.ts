/**
 * Names under which people keep secrets, as the product writes them. The logger masks fields of these names; secret
 * detection (`platform/secret-detection`) also knows their other spellings (`API_KEY`) and longer names that end in one
 * (`dbPassword`).
 */
export const SECRET_NAMES = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'clientSecret',
  'signingSecret',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'accessKey',
  'secretKey',
  'privateKey',
  'signingKey',
  'encryptionKey',
  'authorization',
  'credential',
  'credentials',
  'cookie',
] as const;
