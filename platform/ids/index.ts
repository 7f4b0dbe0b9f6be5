import { v7 } from 'uuid';

/** A new opaque id (UUID version 7, RFC 9562): unique everywhere, and sorting by time. */
export const newId = (): string => v7();
