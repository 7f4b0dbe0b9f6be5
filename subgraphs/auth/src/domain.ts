import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { PrismaClient } from '@flowmesh/prisma/auth';

/** What the modules of auth are handed. */
export type AuthDomain = OpenDomain<PrismaClient>;
