import { v7 } from 'uuid';

/** A new opaque id (UUID version 7, RFC 9562): unique everywhere, and sorting by time. */
export const newId = (): string => v7();

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether the text can be what `newId` has made; not whether there is such an object. */
export const isId = (text: string): boolean => SHAPE.test(text);
