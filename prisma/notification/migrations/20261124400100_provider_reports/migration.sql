-- What providers tell of messages they have taken.
CREATE TABLE "provider_reports" (
    "provider" TEXT NOT NULL,
    "provider_message_id" TEXT NOT NULL,
    "status" "delivery_status" NOT NULL,
    "error" JSONB,
    "reported_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_reports_pkey" PRIMARY KEY ("provider","provider_message_id")
);

CREATE INDEX "provider_reports_reported_at_idx" ON "provider_reports"("reported_at");

