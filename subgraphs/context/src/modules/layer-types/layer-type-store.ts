import type { PrismaClient, ContextLayerType } from '@flowmesh/prisma/context';
import type { Prisma } from '@flowmesh/prisma/context';
import type { JsonObject } from '../contexts/context-record.ts';

export interface LayerTypeRecord extends Omit<ContextLayerType, 'schema'> {
  readonly schema: JsonObject;
}

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

  async put(id: string, ownerId: string, name: string, description: string | null, schema: JsonObject) {
    const values = { description, schema: schema as Prisma.InputJsonObject };
    const row = await this.prisma.contextLayerType.upsert({
      where: { ownerId_name: { ownerId, name } },
      create: { id, ownerId, name, ...values },
      update: { ...values, updatedAt: new Date() },
    });
    return toRecord(row);
  }

  /** Whether there was one. */
  async remove(ownerId: string, name: string): Promise<boolean> {
    return (await this.prisma.contextLayerType.deleteMany({ where: { ownerId, name } })).count > 0;
  }
}
