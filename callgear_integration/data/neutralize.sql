-- A copy of the database neither takes webhooks nor dials, and holds no secret.
UPDATE callgear_connection
   SET active = false,
       token = NULL,
       token_hash = NULL,
       api_key = NULL,
       has_stored_key = false,
       api_key_name = NULL;
DELETE FROM callgear_earlier_token;
-- Whoever knows a recording's address can listen, so copies must not hold it either.
UPDATE callgear_recording
   SET url = 'neutralized:' || id,
       state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END;
UPDATE callgear_event
   SET payload = NULL,
       state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END;
DELETE FROM ir_config_parameter
 WHERE key = 'callgear_integration.private_recording_hosts';
