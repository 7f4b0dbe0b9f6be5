import type Stripe from 'stripe';
import { z } from 'zod';
import type { JsonSchema, Operation } from '../integration-client.ts';
import { jsonSchemaOf, readInput } from '../typed-operation.ts';
import * as of from './stripe-inputs.ts';

type Options = Stripe.RequestOptions;

export interface StripeOperation extends Operation {
  /** Throws `InvalidCallInput`, and errors of the library. */
  readonly send: (stripe: Stripe, input: unknown, options: Options) => Promise<object>;
}

const OBJECT = jsonSchemaOf(z.looseObject({ id: z.string(), object: z.string() }));
const LIST = jsonSchemaOf(z.object({ data: z.array(z.looseObject({ id: z.string() })), has_more: z.boolean() }));

/** Fields have the names that Stripe gives them. With its key, whatever is done twice is done once. */
const operation =
  (readOnly: boolean, outputSchema: JsonSchema) =>
  <Shape extends z.ZodRawShape>(
    name: string,
    description: string,
    shape: Shape,
    send: (stripe: Stripe, input: z.output<z.ZodObject<Shape, z.core.$strict>>, options: Options) => Promise<object>,
  ): StripeOperation => {
    const input = z.strictObject(shape);
    return {
      ...{ name, description, readOnly, repeatable: true, outputSchema, inputSchema: jsonSchemaOf(input) },
      send: (stripe, given, options) => send(stripe, readInput(input, given), options),
    };
  };

const changes = operation(false, OBJECT);
const reads = operation(true, OBJECT);
const lists = operation(true, LIST);

const { id } = of;
const invoice = { id };

const CUSTOMERS = [
  changes('createCustomer', 'Creates a customer.', of.customer, (stripe, input, options) =>
    stripe.customers.create(input, options),
  ),
  reads('getCustomer', 'A customer; `deleted` is true for one that was deleted.', { id }, (stripe, input, options) =>
    stripe.customers.retrieve(input.id, {}, options),
  ),
  changes(
    'updateCustomer',
    'Changes what is given.',
    { id, ...of.customer },
    (stripe, { id: of_, ...input }, options) => stripe.customers.update(of_, input, options),
  ),
  changes('deleteCustomer', 'Deletes a customer, and ends its subscriptions.', { id }, (stripe, input, options) =>
    stripe.customers.del(input.id, {}, options),
  ),
  lists(
    'listCustomers',
    'Customers, the newest first.',
    { ...of.page, email: z.string().max(512).optional() },
    (stripe, input, options) => stripe.customers.list(input, options),
  ),
];

const SUBSCRIPTIONS = [
  changes(
    'createSubscription',
    'Subscribes a customer to prices.',
    {
      customer: id,
      items: of.items.min(1),
      trial_period_days: z.int().min(1).max(730).optional(),
      cancel_at_period_end: z.boolean().optional(),
      default_payment_method: id.optional(),
      ...of.collection,
      metadata: of.metadata,
    },
    (stripe, input, options) => stripe.subscriptions.create(input, options),
  ),
  reads('getSubscription', 'A subscription.', { id }, (stripe, input, options) =>
    stripe.subscriptions.retrieve(input.id, {}, options),
  ),
  changes(
    'updateSubscription',
    'Changes what is given; items are changed by their ids.',
    {
      id,
      items: z
        .array(z.strictObject({ id: id.optional(), price: id.optional(), quantity: z.int().min(0).optional() }))
        .max(20)
        .optional(),
      cancel_at_period_end: z.boolean().optional(),
      default_payment_method: id.optional(),
      proration_behavior: z.enum(['always_invoice', 'create_prorations', 'none']).optional(),
      metadata: of.metadata,
    },
    (stripe, { id: of_, ...input }, options) => stripe.subscriptions.update(of_, input, options),
  ),
  changes(
    'cancelSubscription',
    'Ends a subscription at once.',
    { id, invoice_now: z.boolean().optional(), prorate: z.boolean().optional() },
    (stripe, { id: of_, ...input }, options) => stripe.subscriptions.cancel(of_, input, options),
  ),
  lists(
    'listSubscriptions',
    'Subscriptions, the newest first; without those that have ended, unless `status` asks for them.',
    {
      ...of.page,
      customer: id.optional(),
      status: z.enum(['active', 'all', 'canceled', 'ended', 'past_due', 'paused', 'trialing', 'unpaid']).optional(),
    },
    (stripe, input, options) => stripe.subscriptions.list(input, options),
  ),
];

const INVOICES = [
  changes(
    'createInvoice',
    'Creates a draft of an invoice.',
    {
      customer: id,
      subscription: id.optional(),
      description: of.description.optional(),
      auto_advance: z.boolean().optional().describe('Whether Stripe finalizes it by itself'),
      ...of.collection,
      metadata: of.metadata,
    },
    (stripe, input, options) => stripe.invoices.create(input, options),
  ),
  changes(
    'createInvoiceItem',
    'Adds a line to the draft of an invoice, or to the next invoice of a customer.',
    {
      customer: id,
      invoice: id.optional(),
      amount: z.int().min(-99_999_999).max(99_999_999).describe('In the smallest unit of the currency'),
      currency: of.currency,
      description: of.description.optional(),
      metadata: of.metadata,
    },
    (stripe, input, options) => stripe.invoiceItems.create(input, options),
  ),
  reads('getInvoice', 'An invoice.', invoice, (stripe, input, options) =>
    stripe.invoices.retrieve(input.id, {}, options),
  ),
  changes('finalizeInvoice', 'Makes a draft final.', invoice, (stripe, input, options) =>
    stripe.invoices.finalizeInvoice(input.id, {}, options),
  ),
  changes('sendInvoice', 'Mails an invoice to its customer.', invoice, (stripe, input, options) =>
    stripe.invoices.sendInvoice(input.id, {}, options),
  ),
  changes('payInvoice', 'Charges the customer for an invoice now.', invoice, (stripe, input, options) =>
    stripe.invoices.pay(input.id, {}, options),
  ),
  changes('voidInvoice', 'Takes back an invoice that is final.', invoice, (stripe, input, options) =>
    stripe.invoices.voidInvoice(input.id, {}, options),
  ),
  lists(
    'listInvoices',
    'Invoices, the newest first.',
    {
      ...of.page,
      customer: id.optional(),
      subscription: id.optional(),
      status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
    },
    (stripe, input, options) => stripe.invoices.list(input, options),
  ),
];

const PAYMENT_INTENTS = [
  changes(
    'createPaymentIntent',
    'Creates a payment; with `confirm` and `payment_method` it is made at once.',
    {
      amount: of.amount,
      currency: of.currency,
      customer: id.optional(),
      payment_method: id.optional(),
      confirm: z.boolean().optional(),
      off_session: z.boolean().optional().describe('The customer is not there'),
      capture_method: z.enum(['automatic', 'automatic_async', 'manual']).optional(),
      ...of.payment,
    },
    (stripe, input, options) => stripe.paymentIntents.create(input, options),
  ),
  reads('getPaymentIntent', 'A payment.', { id }, (stripe, input, options) =>
    stripe.paymentIntents.retrieve(input.id, {}, options),
  ),
  changes(
    'updatePaymentIntent',
    'Changes what is given, before the payment is made.',
    { id, amount: of.amount.optional(), customer: id.optional(), payment_method: id.optional(), ...of.payment },
    (stripe, { id: of_, ...input }, options) => stripe.paymentIntents.update(of_, input, options),
  ),
  changes(
    'confirmPaymentIntent',
    'Makes the payment.',
    { id, payment_method: id.optional(), return_url: z.string().max(2_000).optional() },
    (stripe, { id: of_, ...input }, options) => stripe.paymentIntents.confirm(of_, input, options),
  ),
  changes(
    'capturePaymentIntent',
    'Takes the money of a payment whose capture is manual.',
    { id, amount_to_capture: of.amount.optional() },
    (stripe, { id: of_, ...input }, options) => stripe.paymentIntents.capture(of_, input, options),
  ),
  changes(
    'cancelPaymentIntent',
    'Cancels a payment that was not made.',
    { id, cancellation_reason: z.enum(['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer']).optional() },
    (stripe, { id: of_, ...input }, options) => stripe.paymentIntents.cancel(of_, input, options),
  ),
  lists(
    'listPaymentIntents',
    'Payments, the newest first.',
    { ...of.page, customer: id.optional() },
    (stripe, input, options) => stripe.paymentIntents.list(input, options),
  ),
];

export const STRIPE_OPERATIONS: readonly StripeOperation[] = [
  ...CUSTOMERS,
  ...SUBSCRIPTIONS,
  ...INVOICES,
  ...PAYMENT_INTENTS,
];
