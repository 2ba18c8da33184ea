/** Version of the messages that this front end knows; equal to PROTOCOL in kodonb/widgets/messages.py. */
export const PROTOCOL = 1;
