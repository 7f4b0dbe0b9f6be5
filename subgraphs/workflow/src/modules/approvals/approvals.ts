import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import type { Engine } from '../executions/engine/engine.ts';
import type { CurrentUsers } from '../rights/current-users.ts';
import { ApprovalService } from './approval-service.ts';
import { ApprovalStore } from './approval-store.ts';
import { ApproverDirectory } from './asking/approver-directory.ts';
import { startAsking } from './asking/asking-rounds.ts';
import { AskingStore } from './asking/asking-store.ts';
import { NoticeCalls } from './asking/notice-calls.ts';
import { linkRoutes, linkUrl } from './links/link-routes.ts';
import { LinkService } from './links/link-service.ts';
import { LinkStore } from './links/link-store.ts';

/** What APPROVAL steps ask: how people are told, and what they decide. */
export function createApprovals(domain: OpenDomain, engine: Engine, users: CurrentUsers) {
  const { pool, services, logger, config } = domain;
  const approvals = new ApprovalService(new ApprovalStore(pool), engine);
  const notices = new AskingStore(pool);
  const links = new LinkStore(pool);
  domain.inWorkers('approval notices', () =>
    startAsking({
      ...{ store: notices, links, logger },
      directory: new ApproverDirectory(services),
      calls: new NoticeCalls(services),
      linkUrl: linkUrl(config.publicUrl),
    }),
  );
  return {
    approvals,
    notices,
    approvalRoutes: linkRoutes(new LinkService(links, approvals, users)),
  };
}
