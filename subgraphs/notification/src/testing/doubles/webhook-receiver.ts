import { webhookTargetSecret } from '@flowmesh/platform/http';
import { Webhook } from 'standardwebhooks';
import { startHttpService, type Answering, type ServiceCall } from './http-service.ts';

export interface ReceivedWebhook {
  readonly id: string;
  readonly payload: unknown;
}

const headersOf = ({ headers }: ServiceCall) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/**
 * A receiver of webhooks that checks signatures with the reference library: 401 for those that are not right, else
 * what `answering` says (204 unless told otherwise). Right is the secret of an endpoint, or what the address has of a
 * channel with this secret.
 */
export async function startWebhookReceiver(secret: string, answering: Answering = () => ({ status: 204 })) {
  const received: ReceivedWebhook[] = [];
  const verify = (call: ServiceCall): unknown => {
    const { body } = call;
    const ofTarget = webhookTargetSecret(secret, new URL(call.path, service.url).toString());
    try {
      return new Webhook(ofTarget).verify(body.toString(), headersOf(call));
    } catch {
      return new Webhook(secret).verify(body.toString(), headersOf(call));
    }
  };

  const service = await startHttpService(async (call) => {
    if (call.method !== 'POST') return { status: 405 };
    let payload: unknown;
    try {
      payload = verify(call);
    } catch (error) {
      return { status: 401, body: (error as Error).message };
    }
    received.push({ id: String(call.headers['webhook-id']), payload });
    return answering(call);
  });
  return { ...service, received };
}

export type WebhookReceiver = Awaited<ReturnType<typeof startWebhookReceiver>>;
