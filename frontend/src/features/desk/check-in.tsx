import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client, keyed } from "../../api/client";
import { hours } from "../../kernel/time";

type Shown = { qr: string } | { code: string };

/** Checks in who shows a pass or says a code at this venue; `anyway` lets in although the light is amber. */
export function useCheckIn(venue: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ shown, anyway }: { shown: Shown; anyway?: boolean }) => {
      const answer = await client.POST("/api/v1/check-ins", { params: { header: keyed() }, body: { venue_id: venue, ...shown, anyway: anyway ?? false } });
      return answer.data;
    },
    onSuccess: () => cache.invalidateQueries(),
  });
}

/** Whose booking it is, of what and when. */
export function useWho() {
  const { t } = useTranslation();
  return (booking: { person: { name: string } | null; organisation: { name: string } | null; items: readonly { resource: { name: string } }[]; period: { start: string; end: string } }, zone: string) =>
    `${booking.organisation?.name ?? booking.person?.name ?? t("arrivals.someone")} · ${booking.items.map((item) => item.resource.name).join(", ")} · ${hours(booking.period, zone)}`;
}
