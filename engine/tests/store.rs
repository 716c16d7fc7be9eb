//! The store's contract as one story, told to every database that AutoSSL has, and what is true of SQLite alone.
#![cfg(feature = "host")]
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

#[path = "store/access.rs"]
mod access;
#[path = "store/archive.rs"]
mod archive;
#[path = "store/budgets.rs"]
mod budgets;
#[path = "store/certificates.rs"]
mod certificates;
#[path = "store/companions.rs"]
mod companions;
#[path = "store/departed.rs"]
mod departed;
#[path = "store/dns.rs"]
mod dns;
#[path = "store/https.rs"]
mod https;
#[path = "store/inventory.rs"]
mod inventory;
#[path = "store/jobs.rs"]
mod jobs;
#[path = "store/lease.rs"]
mod lease;
#[path = "store/listing.rs"]
mod listing;
#[path = "store/machine.rs"]
mod machine;
#[path = "store/options.rs"]
mod options;
#[path = "store/queue.rs"]
mod queue;
#[path = "store/revisions.rs"]
mod revisions;
#[path = "store/runs.rs"]
mod runs;
#[path = "store/sample.rs"]
mod sample;
#[path = "store/services.rs"]
mod services;
#[path = "store/settings.rs"]
mod settings;
#[path = "store/sign_in.rs"]
mod sign_in;
#[path = "store/sqlite.rs"]
mod sqlite;

use engine::store::Store;
use std::sync::Arc;

/// Everything that the contract promises, on an empty database. Each chapter goes on with what the earlier ones left.
async fn story(store: Arc<dyn Store>) {
    let store = store.as_ref();
    inventory::an_import_adds_users_websites_and_names(store).await;
    inventory::what_cannot_be_imported_changes_nothing(store).await;
    inventory::a_name_is_excluded_or_nothing_is(store).await;
    inventory::a_second_import_keeps_what_people_decided(store).await;
    inventory::names_move_between_users_of_one_file(store).await;
    revisions::accounts_are_added_suspended_and_removed(store).await;
    revisions::a_revision_is_made_from_what_is_stored(store).await;
    revisions::an_import_may_leave_accounts_or_websites_alone(store).await;
    listing::users_are_listed_in_pages_and_orders(store).await;
    listing::users_are_found_by_parts_of_names(store).await;
    listing::overrides_are_set_for_all_or_for_none(store).await;
    https::visitors_are_brought_to_tls_for_all_named_websites_or_for_none(store).await;
    jobs::a_website_has_one_open_job(store).await;
    jobs::a_job_keeps_a_journal_of_its_order(store).await;
    certificates::a_certificate_secures_names_while_it_is_valid(store).await;
    certificates::counts_follow_the_certificates_over_time(store).await;
    certificates::an_imported_name_is_not_in_the_old_certificate(store).await;
    certificates::issuers_are_asked_when_to_renew(store).await;
    runs::a_run_is_queued_once_per_scope(store).await;
    runs::a_run_is_started_stopped_and_ended(store).await;
    runs::a_finished_website_counts_once(store).await;
    runs::the_worst_website_decides_a_users_result(store).await;
    runs::a_name_that_fails_again_and_again_is_counted_until_it_passes(store).await;
    queue::a_job_waits_until_its_time_and_says_why(store).await;
    queue::a_job_is_held_released_and_cancelled(store).await;
    queue::findings_about_names_are_kept_as_they_change(store).await;
    queue::the_schedule_is_kept(store).await;
    queue::a_run_of_the_queue_stands_beside_one_of_all_users(store).await;
    lease::a_lease_changes_hands_only_as_it_was_seen(store).await;
    certificates::certificates_take_turns_unless_something_is_the_matter(store).await;
    services::what_became_of_a_certificate_is_told_service_by_service(store).await;
    departed::since_when_a_website_is_gone_is_kept_until_it_comes_back(store).await;
    settings::challenges_are_answered_until_removed_or_old(store).await;
    dns::published_values_are_kept_until_they_are_removed(store).await;
    dns::an_added_zone_is_kept_with_its_trial_until_it_is_removed(store).await;
    dns::what_validations_in_zones_came_to_is_kept(store).await;
    dns::persistent_records_are_counted_on_while_websites_have_their_names(store).await;
    settings::one_provider_is_selected_at_a_time(store).await;
    settings::providers_are_kept_in_their_order_with_how_they_do(store).await;
    settings::jobs_without_an_order_wait_no_longer_when_other_providers_may_take_them(store).await;
    settings::an_added_provider_is_kept_until_it_is_removed(store).await;
    budgets::the_tightest_buckets_are_found(store).await;
    budgets::delivery_times_are_kept_for_the_newest_certificates(store).await;
    access::administrators_have_unique_names(store).await;
    access::sessions_end(store).await;
    access::vain_tries_are_counted_and_forgotten(store).await;
    archive::a_revoked_certificate_secures_nothing_from_then_on(store).await;
    archive::a_revocation_that_was_refused_is_forgotten(store).await;
    archive::certificates_are_found_after_their_website_is_gone(store).await;
    archive::certificates_are_listed_in_parts(store).await;
    archive::keys_are_chosen_for_all_the_named_users_or_for_none(store).await;
    companions::a_companion_stands_beside_its_certificate(store).await;
    companions::a_companion_that_failed_is_due_once_at_its_time(store).await;
    options::options_are_kept_with_who_and_when(store).await;
    options::a_certificate_of_others_secures_names_until_autossl_issues_one(store).await;
    options::a_certificate_of_others_is_forgotten_with_its_configuration(store).await;
    options::orders_for_names_that_pass_again_are_remembered(store).await;
}

#[tokio::test]
async fn a_sqlite_store_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    story(engine::store::open(&sqlite::url(&dir)).await.unwrap()).await;
}
