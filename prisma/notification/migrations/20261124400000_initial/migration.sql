-- Notifications, their deliveries, the providers of channels, templates, and the domain's events.
CREATE TYPE "channel" AS ENUM ('EMAIL', 'SMS', 'SLACK', 'WEBHOOK', 'IN_APP');

CREATE TYPE "notification_status" AS ENUM ('PENDING', 'SCHEDULED', 'QUEUED', 'SENDING', 'SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'EXPIRED');

CREATE TYPE "notification_priority" AS ENUM ('LOW', 'NORMAL', 'HIGH', 'CRITICAL');

CREATE TYPE "delivery_status" AS ENUM ('SENT', 'DELIVERED', 'FAILED', 'SKIPPED', 'LOST');

CREATE TABLE "notifications" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "sender_id" TEXT NOT NULL,
    "channel" "channel" NOT NULL,
    "category" TEXT,
    "template_id" TEXT,
    "template_version" INTEGER,
    "subject" TEXT,
    "content" TEXT NOT NULL,
    "html_content" TEXT,
    "recipient" TEXT NOT NULL,
    "attachments" JSONB,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "priority" "notification_priority" NOT NULL DEFAULT 'NORMAL',
    "status" "notification_status" NOT NULL DEFAULT 'PENDING',
    "scheduled_at" TIMESTAMPTZ(3),
    "time_zone" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "available_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "recoveries" INTEGER NOT NULL DEFAULT 0,
    "error" JSONB,
    "channel_config_id" TEXT,
    "provider_message_id" TEXT,
    "idempotency_key" TEXT,
    "bulk_id" TEXT,
    "replay_of_id" TEXT,
    "request_id" TEXT,
    "attempt_started_at" TIMESTAMPTZ(3),
    "lease_token" TEXT,
    "lease_expires_at" TIMESTAMPTZ(3),
    "stream_seq" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notifications_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "delivery_logs" (
    "id" TEXT NOT NULL,
    "notification_id" TEXT NOT NULL,
    "channel" "channel" NOT NULL,
    "channel_config_id" TEXT,
    "provider" TEXT,
    "attempt" INTEGER NOT NULL,
    "position" INTEGER NOT NULL DEFAULT 1,
    "status" "delivery_status" NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "retryable" BOOLEAN,
    "retry_count" INTEGER NOT NULL DEFAULT 0,
    "response" TEXT,
    "provider_message_id" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER,
    "delivered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "delivery_logs_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "channel_configs" (
    "id" TEXT NOT NULL,
    "channel" "channel" NOT NULL,
    "provider" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "config" TEXT,
    "position" INTEGER NOT NULL DEFAULT 0,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "rate_limit_per_minute" INTEGER NOT NULL DEFAULT 60,
    "recipient_rate_limit_per_minute" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channel_configs_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "circuit_breakers" (
    "channel_config_id" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "opened_at" TIMESTAMPTZ(3),
    "open_until" TIMESTAMPTZ(3),
    "last_error" TEXT,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "circuit_breakers_pkey" PRIMARY KEY ("channel_config_id")
);

CREATE TABLE "rate_windows" (
    "key" TEXT NOT NULL,
    "second" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,

    CONSTRAINT "rate_windows_pkey" PRIMARY KEY ("key","second")
);

CREATE TABLE "disabled_recipients" (
    "channel" "channel" NOT NULL,
    "recipient" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "notification_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "disabled_recipients_pkey" PRIMARY KEY ("channel","recipient")
);

CREATE TABLE "templates" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "channel" "channel" NOT NULL,
    "subject_template" TEXT,
    "content_template" TEXT NOT NULL,
    "variables" JSONB NOT NULL DEFAULT '{}',
    "language" TEXT NOT NULL DEFAULT 'en',
    "version" INTEGER NOT NULL DEFAULT 1,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "templates_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_events" (
    "id" BIGSERIAL NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "stream_seq" INTEGER,
    "owner_id" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "request_id" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "outbox_positions" (
    "name" TEXT NOT NULL,
    "position" TEXT NOT NULL,

    CONSTRAINT "outbox_positions_pkey" PRIMARY KEY ("name")
);

CREATE INDEX "notifications_user_id_created_at_id_idx" ON "notifications"("user_id", "created_at", "id");

CREATE INDEX "notifications_sender_id_created_at_id_idx" ON "notifications"("sender_id", "created_at", "id");

CREATE INDEX "notifications_created_at_id_idx" ON "notifications"("created_at", "id");

CREATE INDEX "notifications_status_created_at_id_idx" ON "notifications"("status", "created_at", "id");

CREATE INDEX "notifications_channel_created_at_id_idx" ON "notifications"("channel", "created_at", "id");

CREATE INDEX "notifications_recipient_created_at_id_idx" ON "notifications"("recipient", "created_at", "id");

CREATE INDEX "notifications_template_idx" ON "notifications"("template_id", "created_at", "id") WHERE (template_id IS NOT NULL);

CREATE INDEX "notifications_bulk_idx" ON "notifications"("bulk_id", "status") WHERE (bulk_id IS NOT NULL);

CREATE INDEX "notifications_provider_message_idx" ON "notifications"("channel_config_id", "provider_message_id") WHERE (provider_message_id IS NOT NULL);

CREATE INDEX "notifications_queued_idx" ON "notifications"("channel", "priority", "available_at", "id") WHERE (status = 'QUEUED');

CREATE INDEX "notifications_scheduled_idx" ON "notifications"("available_at") WHERE (status = 'SCHEDULED');

CREATE INDEX "notifications_leased_idx" ON "notifications"("lease_expires_at") WHERE (status = 'SENDING');

CREATE INDEX "notifications_expiring_idx" ON "notifications"("expires_at") WHERE (status IN ('QUEUED', 'SCHEDULED'));

CREATE UNIQUE INDEX "notifications_sender_id_idempotency_key_key" ON "notifications"("sender_id", "idempotency_key");

CREATE INDEX "delivery_logs_channel_created_at_idx" ON "delivery_logs"("channel", "created_at");

CREATE INDEX "delivery_logs_channel_config_id_created_at_idx" ON "delivery_logs"("channel_config_id", "created_at");

CREATE INDEX "delivery_logs_created_at_idx" ON "delivery_logs"("created_at");

CREATE UNIQUE INDEX "delivery_logs_notification_id_attempt_position_key" ON "delivery_logs"("notification_id", "attempt", "position");

CREATE INDEX "channel_configs_channel_position_id_idx" ON "channel_configs"("channel", "position", "id");

CREATE UNIQUE INDEX "channel_configs_channel_name_key" ON "channel_configs"("channel", "name");

CREATE INDEX "rate_windows_second_idx" ON "rate_windows"("second");

CREATE INDEX "disabled_recipients_created_at_idx" ON "disabled_recipients"("created_at");

CREATE INDEX "outbox_events_transaction_id_id_idx" ON "outbox_events"("transaction_id", "id");

CREATE UNIQUE INDEX "outbox_events_stream_stream_seq_key" ON "outbox_events"("stream", "stream_seq");

ALTER TABLE "delivery_logs" ADD CONSTRAINT "delivery_logs_notification_id_fkey" FOREIGN KEY ("notification_id") REFERENCES "notifications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "circuit_breakers" ADD CONSTRAINT "circuit_breakers_channel_config_id_fkey" FOREIGN KEY ("channel_config_id") REFERENCES "channel_configs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The inbox is a part of the product: nothing has to be configured for it.
INSERT INTO "channel_configs" ("id", "channel", "provider", "name", "rate_limit_per_minute")
VALUES ('in-app', 'IN_APP', 'INBOX', 'Inbox', 60000);
