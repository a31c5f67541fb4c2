"""Addresses of `billing`, below /api/v1/."""

from django.urls import path

from billing.api import (
    books,
    contracts,
    issuing,
    moving,
    offers,
    papers,
    quoting,
    revenue,
    sending,
    shopping,
)

urlpatterns = [
    path("offers", offers.Offers.as_view()),
    path("offers/common", offers.OffersInCommon.as_view()),
    path("quotes", quoting.Quotes.as_view()),
    path("bookings/<str:booking_id>/move", moving.MoveBooking.as_view()),
    path("bookings/<str:booking_id>/give-back", moving.GiveBack.as_view()),
    path("bookings/<str:booking_id>/accept", moving.Accept.as_view()),
    path("checkouts", shopping.Checkouts.as_view()),
    path("checkouts/<str:checkout_id>", shopping.OneCheckout.as_view()),
    path("checkouts/<str:checkout_id>/retry", shopping.RetryCheckout.as_view()),
    path("checkouts/<str:checkout_id>/abandon", shopping.AbandonCheckout.as_view()),
    path("documents", issuing.Documents.as_view()),
    path("documents/preview", issuing.DocumentPreview.as_view()),
    path("documents/<str:document_id>", papers.OneDocument.as_view()),
    path("documents/<str:document_id>/files/pdf", papers.DocumentPdf.as_view()),
    path("documents/<str:document_id>/files/xml", papers.DocumentXml.as_view()),
    path("documents/<str:document_id>/correct", sending.CorrectDocument.as_view()),
    path("sdi-receipts", sending.SdiReceipts.as_view()),
    path("reports/revenue", revenue.RevenueReport.as_view()),
    path("issuers", papers.Issuers.as_view()),
    path("incomplete-sales", books.IncompleteSales.as_view()),
    path("incomplete-sales/<str:sale_id>/complete", books.CompleteSale.as_view()),
    path("accounting-months", books.AccountingMonths.as_view()),
    path("accounting-months/close", books.ClosedMonths.as_view()),
    path("exports", papers.Exports.as_view()),
    path("series/<str:series_id>/contract", contracts.Contract.as_view()),
    path("jobs/<str:job_id>", papers.OneJob.as_view()),
    path("jobs/<str:job_id>/files/<str:name>", papers.JobFileBytes.as_view()),
]
