/** Stands in a text for the address where its reader can unsubscribe: that one is known only when it is sent. */
export const UNSUBSCRIBE_MARK = 'urn:flowmesh:unsubscribe';
