export { connectionResolvers, withNodes, type Connection, type Edge } from './connection.ts';
export type { Keyset, PageArguments } from './keyset.ts';
export { listOf, type ListArguments, type ListSource, type ListsSource } from './list-of.ts';
export { prismaKeyset } from './prisma-keyset.ts';
export { SqlList } from './sql-list.ts';
