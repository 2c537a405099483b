//! One suite, run on SQLite in a folder of its own and on PostgreSQL in a database of its own.
//!
//! The PostgreSQL half needs a server: `cargo xtask test` starts one and says where it is.

mod audit;
mod community_settings;
mod counts;
mod events;
mod expansions;
mod faults;
mod grants;
mod http_usage;
mod idempotency;
mod invitations;
mod journals;
mod mails;
mod members;
mod module_state;
mod offers;
mod only_postgres;
mod only_sqlite;
mod partnerships;
mod place;
mod plans;
mod policies;
mod relay;
mod rights;
mod samples;
mod schema;
mod secrets;
mod submissions;
mod tokens;

macro_rules! on_both {
    ($($area:ident: $($test:ident)*;)*) => {
        mod on_sqlite {
            $($(
                #[tokio::test]
                async fn $test() {
                    let place = crate::testing::Place::sqlite();
                    place.run(super::$area::$test).await;
                }
            )*)*
        }

        mod on_postgres {
            $($(
                #[tokio::test]
                async fn $test() {
                    let place = crate::testing::Place::postgres().await;
                    place.run(super::$area::$test).await;
                }
            )*)*
        }
    };
}

on_both! {
    tokens:
        a_token_reads_back
        an_unknown_token_is_absent
        tokens_are_listed_newest_first_in_their_community
        at_most_one_page_of_tokens_is_listed
        the_same_token_twice_is_a_conflict
        a_token_stays_revoked_since_the_first_time
        texts_have_limits;
    submissions:
        a_submission_reads_back
        a_foreign_submission_is_absent
        a_component_is_kept_once
        the_same_submission_twice_is_a_conflict
        submissions_are_listed_newest_first_in_their_community
        at_most_one_page_of_submissions_is_listed
        the_largest_component_is_kept;
    grants:
        a_grant_reads_back
        a_foreign_grant_is_absent
        grants_are_listed_by_skill
        at_most_one_page_of_grants_is_listed
        a_new_grant_replaces_the_active_one
        a_failed_grant_leaves_the_active_one
        a_grant_is_kept_at_the_next_generation_only
        of_concurrent_grants_one_is_kept
        a_grant_stays_revoked_since_the_first_time
        a_grants_status_follows_its_life
        a_skill_stays_frozen_whatever_is_granted
        the_newest_grant_is_found_ended_or_not
        a_grant_is_bound_to_a_submission_of_its_community;
    offers:
        partners_see_what_is_offered
        what_is_offered_is_taken_over_once
        a_grant_rests_on_its_partnership
        moves_and_grants_at_once_end;
    policies:
        policies_read_back_version_by_version
        policies_of_another_community_are_absent
        a_version_that_is_there_is_a_conflict
        of_two_admins_one_puts_the_next_version
        changes_come_newest_first_in_pages
        the_longest_text_is_kept
        nothing_is_changed_or_removed;
    community_settings:
        settings_read_back_version_by_version
        settings_of_another_community_are_absent
        of_two_admins_one_puts_the_next_settings
        changes_of_settings_come_newest_first_in_pages
        the_longest_settings_are_kept
        settings_are_never_changed_or_removed
        settings_that_do_not_agree_with_their_digest_are_corrupt
        while_nothing_changes_settings_are_not_read_again;
    members:
        a_member_reads_back
        members_are_listed_by_their_ids
        one_admin_of_two_stays
        a_community_lists_so_many
        rights_follow_the_list
        a_row_that_cannot_be_is_refused;
    mails:
        each_admin_who_wants_mail_gets_it
        one_host_has_a_mail_at_a_time
        a_person_gets_so_many_mails_in_a_day;
    counts:
        moves_are_counted_by_day_and_side
        relays_are_counted_by_day_and_outcome;
    rights:
        another_hosts_change_is_seen_at_once
        while_nothing_changes_nothing_is_read_again
        a_row_changed_by_hand_counts;
    plans:
        a_plan_reads_back
        a_community_has_a_limited_number_of_open_plans
        a_person_has_a_limited_number_of_open_plans
        a_call_waits_for_one_plan
        one_of_many_is_told
        a_plan_is_declined_or_applied
        the_longest_plan_is_kept
        one_of_many_gets_a_plan
        receipts_stay_in_their_order
        plans_and_receipts_are_never_changed
        expired_plans_go_with_their_receipts;
    relay:
        a_tez_reads_back
        an_id_is_of_one_tez
        another_community_has_nothing_of_it
        lists_hold_what_their_reader_may_see
        a_stream_comes_in_pages
        a_thread_has_a_limited_number_of_tez
        a_tez_has_limits
        a_team_has_a_limited_number_of_members
        a_community_has_a_limited_number_of_teams
        a_contact_is_kept_since_the_first_time
        a_tez_is_read_first_once
        a_status_changes_and_nothing_else;
    expansions:
        a_question_reads_back
        who_waits_does_not_ask_the_same_again
        questions_have_limits
        questions_to_somebody_come_in_pages
        a_question_is_decided_once_with_its_answer
        nothing_is_decided_without_its_answer
        a_question_is_never_another_one
        an_item_is_taken_out_once_and_for_good
        nothing_else_of_an_item_changes;
    journals:
        a_journal_is_kept_with_its_record
        the_longest_journal_is_kept
        a_journal_belongs_to_one_run
        journals_are_never_changed
        old_journals_go_in_batches_and_their_records_stay;
    invitations:
        two_communities_have_one_partnership_at_a_time
        so_many_invitations_of_a_community_wait
        overdue_invitations_are_found_when_it_is_time;
    partnerships:
        what_is_seen_of_a_community_has_versions
        communities_are_listed_as_they_changed
        live_partners_are_listed_with_where_they_stand
        a_partnership_is_kept_with_all_that_happened_to_it
        every_end_of_an_invitation_reads_back
        of_moves_at_the_same_instant_one_is_made
        several_moves_are_made_or_none
        partnerships_are_listed_by_what_they_are_to_a_community
        a_partnership_that_cannot_be_is_refused;
    events:
        both_sides_are_told_of_each_move
        partners_are_told_what_they_may_know
        a_partner_is_sent_so_much_in_an_hour_and_in_a_day
        of_concurrent_reports_no_more_go_on_than_may
        moves_and_reports_at_once_wait_for_each_other_and_end
        events_go_after_their_time
        what_was_told_is_never_changed;
    secrets:
        a_secret_reads_back
        a_secret_is_of_one_community_and_skill
        a_secret_is_put_at_its_next_version_only
        versions_go_on_after_a_removal
        of_two_admins_one_puts_the_next_secret
        secrets_are_listed_in_pages
        a_community_has_a_limited_number_of_secrets
        a_community_has_a_limited_number_of_names_of_secrets
        a_sealed_secret_has_a_length
        a_secret_changes_with_its_version_only;
    module_state:
        state_reads_back
        state_is_of_one_community_and_skill
        changes_happen_together_or_not_at_all
        a_change_happens_where_its_expectation_holds
        a_key_that_was_removed_does_not_have_its_versions_again
        keys_are_listed_in_the_order_of_their_bytes
        at_most_one_page_of_keys_is_listed
        the_longest_key_and_value_are_kept
        so_many_changes_happen_together
        a_skill_keeps_as_much_as_it_may
        of_concurrent_commits_none_is_lost
        concurrent_commits_stay_within_the_quota;
    http_usage:
        an_hour_has_so_many_requests
        an_hour_ends_with_its_last_millisecond
        a_day_has_twenty_four_hours
        a_day_counts_what_a_clock_ahead_took
        requests_of_others_count_apart
        hours_before_two_days_are_forgotten
        of_concurrent_takers_no_more_get_one_than_there_are;
    audit:
        records_are_numbered_and_make_a_tree
        concurrent_appends_leave_no_gap
        whoever_was_overtaken_goes_on_behind_the_others
        a_head_changed_from_outside_is_read_again
        every_change_takes_its_record_with_it
        what_does_not_happen_leaves_no_record
        what_cannot_be_recorded_does_not_happen
        nothing_recorded_is_changed_or_removed
        a_page_has_what_its_filter_lets_through
        checkpoints_are_kept_by_size
        a_write_is_listed_until_its_end
        the_writes_of_an_hour_are_counted_by_skill
        a_head_that_cannot_be_is_corrupt;
    idempotency:
        a_key_is_first_once
        an_answer_reads_back
        an_unkept_answer_is_told_from_none
        what_is_over_stays_as_it_ended
        a_forgotten_key_is_first_again
        an_expired_key_is_first_again
        keys_are_counted_for_each_principal
        concurrent_first_requests_have_one_winner
        expired_keys_are_removed_in_batches
        a_key_survives_opening_again;
    faults:
        a_locked_database_is_busy
        a_database_without_a_free_connection_is_busy
        a_row_that_cannot_be_is_corrupt
        the_schema_refuses_what_the_model_forbids
        a_closed_database_is_unavailable;
    schema:
        tables_and_columns_have_the_same_names
        opening_again_keeps_everything
        a_database_of_a_newer_program_is_refused;
}
