-- A copy of the database neither takes webhooks nor dials, and holds neither secrets nor
-- what callers have said.
UPDATE callgear_connection
   SET active = false,
       token = NULL,
       token_hash = NULL,
       private_api_hosts = NULL,
       api_key = NULL,
       has_stored_key = false,
       api_key_name = NULL;
DELETE FROM callgear_earlier_token;

-- Recordings. Which files they were is kept until the copy's own clean-up has deleted
-- them, but of those in an object storage, which may be the original's.
UPDATE callgear_recording AS recording
   SET lost_file = file.store_fname
  FROM ir_attachment AS file
 WHERE file.res_model = 'callgear.recording'
   AND file.res_id = recording.id
   AND file.store_fname NOT LIKE '%://%';
DELETE FROM ir_attachment
 WHERE res_model = 'callgear.recording'
    OR id IN (SELECT attachment_id FROM callgear_recording);
-- Whoever knows a recording's address can listen, so copies must not hold it either.
UPDATE callgear_recording
   SET url = 'neutralized:' || id,
       error = NULL,
       state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END;
DELETE FROM callgear_listening;

-- Calls: one false number for each true one, so that a caller's calls stay together.
CREATE TEMP TABLE callgear_false_number ON COMMIT DROP AS
SELECT line_key, '+999' || lpad(row_number() OVER (ORDER BY random())::text, 8, '0') AS number
  FROM (SELECT DISTINCT line_key FROM callgear_call WHERE line_key IS NOT NULL) AS lines;
UPDATE callgear_call AS call
   SET phone = false_number.number,
       line_key = false_number.number
  FROM callgear_false_number AS false_number
 WHERE false_number.line_key = call.line_key;
UPDATE callgear_call
   SET phone_raw = phone,
       contact_name = NULL,
       tags = NULL;
DROP TABLE callgear_false_number;
UPDATE callgear_leg
   SET summary = NULL,
       subject = NULL,
       announced = NULL,
       announced_card = NULL;
UPDATE callgear_event
   SET payload = NULL,
       error = NULL,
       digest = 'neutralized:' || id,
       state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END;
UPDATE callgear_difference SET phone = NULL;
UPDATE callgear_deletion SET note = NULL;

-- Numbers of contacts and of colleagues.
DELETE FROM callgear_partner_phone;
DELETE FROM callgear_unread_number;
DELETE FROM callgear_operator_phone;
UPDATE callgear_operator
   SET email = NULL,
       phone_numbers = NULL;

-- What tickets say of calls: the call messages, and numbers in the texts about them.
UPDATE mail_message
   SET body = '<p>Call</p>'
 WHERE id IN (SELECT message_id FROM callgear_leg);
UPDATE helpdesk_ticket
   SET name = regexp_replace(name, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g'),
       partner_name = CASE WHEN partner_id IS NULL THEN NULL ELSE partner_name END,
       description = CASE WHEN id IN (
                              SELECT ticket_id FROM callgear_leg
                               WHERE ticket_choice IN ('auto', 'new'))
                          THEN '<p>Call</p>'  -- it was the summary
                          ELSE regexp_replace(
                              description, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g')
                      END
 WHERE id IN (SELECT ticket_id FROM callgear_leg);
UPDATE mail_activity
   SET summary = regexp_replace(summary, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g'),
       res_name = regexp_replace(res_name, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g')
 WHERE res_model IN ('helpdesk.ticket', 'res.partner');
UPDATE mail_tracking_value AS tracked
   SET old_value_char = regexp_replace(
           tracked.old_value_char, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g'),
       new_value_char = regexp_replace(
           tracked.new_value_char, '\+?[0-9][-0-9 ().]{5,}[0-9]', '…', 'g')
  FROM mail_message AS message
 WHERE message.id = tracked.mail_message_id
   AND message.model = 'helpdesk.ticket'
   AND message.res_id IN (SELECT ticket_id FROM callgear_leg);
DELETE FROM bus_bus WHERE message LIKE '%callgear.%';

DELETE FROM ir_config_parameter
 WHERE key IN (
       'callgear_integration.private_recording_hosts',
       -- The numbers of contacts are read anew at the next update.
       'callgear_integration.phone_fields'
);
