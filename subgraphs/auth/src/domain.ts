import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { PrismaClient } from '@flowmesh/prisma/auth';

/** The parts that all modules of auth get. */
export type AuthDomain = OpenDomain<PrismaClient>;
