import { badInput } from '../errors/index.ts';

/** What subscribers are told of an `after` that cannot be used, in the same words whatever they subscribe to. */

export const notACursor = () => badInput('after', 'is not a cursor of this subscription.');

export const aheadOfEverything = () =>
  badInput('after', 'lies ahead of everything there is; subscribe again without it.');

export const notKept = () => badInput('after', 'is older than what is kept; subscribe again without it.');
