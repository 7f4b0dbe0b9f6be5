-- Where services report, and what they have reported.
CREATE TABLE "webhook_endpoints" (
    "integration_id" TEXT NOT NULL,
    "scheme" TEXT NOT NULL,
    "header" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "encoding" TEXT NOT NULL,
    "sealed_secret" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_endpoints_pkey" PRIMARY KEY ("integration_id")
);

CREATE TABLE "inbound_webhooks" (
    "id" TEXT NOT NULL,
    "integration_id" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "type" TEXT,
    "content_type" TEXT,
    "body" TEXT NOT NULL,
    "replays" INTEGER NOT NULL DEFAULT 0,
    "replayed_at" TIMESTAMPTZ(3),
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbound_webhooks_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "inbound_webhooks_integration_id_received_at_id_idx" ON "inbound_webhooks"("integration_id", "received_at", "id");

CREATE INDEX "inbound_webhooks_received_at_id_idx" ON "inbound_webhooks"("received_at", "id");

CREATE UNIQUE INDEX "inbound_webhooks_integration_id_delivery_id_key" ON "inbound_webhooks"("integration_id", "delivery_id");

ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "inbound_webhooks" ADD CONSTRAINT "inbound_webhooks_integration_id_fkey" FOREIGN KEY ("integration_id") REFERENCES "integrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;
