export declare const API_KEY_PREFIX: string;
export declare function apiKeyOf(bytes: Buffer): string;
export declare function hasApiKeyForm(key: string): boolean;
