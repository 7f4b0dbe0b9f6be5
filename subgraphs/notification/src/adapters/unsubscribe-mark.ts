/** Placeholder in texts for the unsubscribe address, which is only known when the message is sent. */
export const UNSUBSCRIBE_MARK = 'urn:flowmesh:unsubscribe';
