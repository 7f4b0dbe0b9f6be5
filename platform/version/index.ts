import manifest from '../../package.json' with { type: 'json' };

/** Of the product; each of its services has the same. */
export const VERSION: string = manifest.version;
