"""The secret in which RDS itself manages a master password: MiniStack's, as all secrets, so that functions can read it; moto has its own."""
import json
import secrets


class MasterUserSecret:
    """In place of moto's. The cluster has the password that is in it."""
    secret_status = "active"

    def __init__(self, resource, kms_key_id):
        from ministack.services import secretsmanager
        self.resource, self.kms_key_id = resource, kms_key_id or "alias/aws/secretsmanager"
        self.secret_arn = secretsmanager.create_secret_in_process(
            f"rds!{resource.resource_type}-{secrets.token_hex(16)}", self._new_password(), f"Secret associated with primary RDS DB {resource.arn}")

    def rotate_secret(self):
        from ministack.services import secretsmanager
        secretsmanager.put_secret_value_in_process(self.secret_arn, self._new_password())

    def delete_secret(self):
        from ministack.services import secretsmanager
        secretsmanager.delete_secret_in_process(self.secret_arn)

    def _new_password(self) -> str:
        self.resource.master_user_password = secrets.token_urlsafe(24)
        return json.dumps({"username": self.resource.master_username, "password": self.resource._master_user_password})


def install() -> None:
    from moto.rds import models
    models.MasterUserSecret = MasterUserSecret
