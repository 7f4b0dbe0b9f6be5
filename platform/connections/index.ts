export { connectionResolvers, toConnection, type Connection, type Edge } from './connection.ts';
export { decodeCursor, encodeCursor, type Cursor, type KeysetOrder, type KeysetValue } from './cursor.ts';
export { keysetQuery, pageSize, type KeysetQuery, type PageArguments } from './keyset-query.ts';
