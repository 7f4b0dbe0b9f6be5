export { connectionResolvers, toConnection, type Connection, type Edge } from './connection.ts';
export { decodeCursor, encodeCursor, type Cursor, type KeysetOrder, type KeysetValue } from './cursor.ts';
export { behindSql, orderSql, type KeysetColumns } from './keyset-sql.ts';
export { keysetQuery, pageSize, type KeysetQuery, type PageArguments } from './keyset-query.ts';
