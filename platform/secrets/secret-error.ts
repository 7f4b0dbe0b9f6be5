/** A sealed secret that cannot be opened: another key, another context, or a damaged value. */
export class SecretError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SecretError';
  }
}
