-- Who has taken an account of Auth0 away is not linked again by the e-mail address alone.
ALTER TABLE "users" ADD COLUMN "auth0_declined" BOOLEAN NOT NULL DEFAULT false;
