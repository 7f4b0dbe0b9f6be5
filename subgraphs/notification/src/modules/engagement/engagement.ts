import type { OpenDomain } from '@flowmesh/platform/domain-runtime';
import { EmailLinks } from './email-links.ts';
import { EngagementStore } from './engagement-store.ts';
import { linkRoutes } from './link-routes.ts';
import { LinkSigner } from './link-signer.ts';

/** The links in messages, and what recipients do with them. `isPublic`: the product can be reached from outside. */
export function createEngagement({ pool, secrets, config }: OpenDomain, isPublic: boolean) {
  const signer = new LinkSigner(secrets.keyRing);
  return {
    emailLinks: new EmailLinks(signer, config.publicUrl, isPublic),
    registerLinks: linkRoutes(signer, new EngagementStore(pool)),
  };
}
