import type { PrismaClient, ContextLayerType } from '@flowmesh/prisma/context';
import type { Prisma } from '@flowmesh/prisma/context';
import type { JsonObject } from '../contexts/context-record.ts';

export interface LayerTypeRecord extends Omit<ContextLayerType, 'schema'> {
  readonly schema: JsonObject;
}

type NewLayerType = Pick<LayerTypeRecord, 'id' | 'ownerId' | 'name' | 'description' | 'schema'>;

const toRecord = (row: ContextLayerType): LayerTypeRecord => ({ ...row, schema: row.schema as JsonObject });

/** Types of layers, each of one owner. */
export class LayerTypeStore {
  constructor(private readonly prisma: PrismaClient) {}

  async find(ownerId: string, name: string): Promise<LayerTypeRecord | null> {
    const row = await this.prisma.contextLayerType.findUnique({ where: { ownerId_name: { ownerId, name } } });
    return row && toRecord(row);
  }

  async of(ownerId: string, limit: number): Promise<LayerTypeRecord[]> {
    const rows = await this.prisma.contextLayerType.findMany({
      where: { ownerId },
      orderBy: { name: 'asc' },
      take: limit,
    });
    return rows.map(toRecord);
  }

  count(ownerId: string): Promise<number> {
    return this.prisma.contextLayerType.count({ where: { ownerId } });
  }

  /** Null when it is not at the version that is expected (0: there is none; null: whatever it is). */
  async put({ id, ownerId, name, description, schema }: NewLayerType, expected: number | null) {
    const values = { description, schema: schema as Prisma.InputJsonObject };
    const create = { id, ownerId, name, ...values };
    const change = { ...values, version: { increment: 1 }, updatedAt: new Date() };
    const { contextLayerType: types } = this.prisma;
    if (expected === null) {
      const where = { ownerId_name: { ownerId, name } };
      return toRecord(await types.upsert({ where, create, update: change }));
    }
    const [row] =
      expected === 0
        ? await types.createManyAndReturn({ data: [create], skipDuplicates: true })
        : await types.updateManyAndReturn({ where: { ownerId, name, version: expected }, data: change });
    return row ? toRecord(row) : null;
  }

  /** Whether there was one, at the version that is expected (null: any). */
  async remove(ownerId: string, name: string, expected: number | null): Promise<boolean> {
    const where = { ownerId, name, ...(expected !== null && { version: expected }) };
    return (await this.prisma.contextLayerType.deleteMany({ where })).count > 0;
  }
}
