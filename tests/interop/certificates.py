"""Certificates of every kind that the cases need, made by the openssl command."""

import datetime
import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """Somebody who signs certificates; all his files lie in one directory."""

    def __init__(self, directory, name):
        self.directory = directory
        self.name = name
        self.certificate = self.path(f"{name}.pem")
        self._key = self.path(f"{name}.key")
        self._index = self.path(f"{name}.index")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-keyout", self._key, "-out", self.certificate, "-days", "30",
                 "-subj", f"/O=leveret/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        open(self._index, "w", encoding="ascii").close()

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, subject, alternative_names="DNS:localhost,IP:127.0.0.1", days=30):
        """Returns the files of certificate and key. Negative days: it has expired."""
        key, request = self.path(f"{name}.key"), self.path(f"{name}.csr")
        certificate, config = self.path(f"{name}.pem"), self.path(f"{name}.cnf")
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                 "-nodes", "-keyout", key, "-out", request, "-subj", subject, "-utf8")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[ca]\ndefault_ca=own\n[own]\ndatabase={self._index}\n"
                       f"new_certs_dir={self.directory}\nrand_serial=yes\nunique_subject=no\n"
                       f"default_md=sha256\npolicy=any\nx509_extensions=leaf\n"
                       f"preserve=yes\n[any]\norganizationName=optional\ncommonName=optional\n"
                       f"[leaf]\nsubjectAltName={alternative_names}\n")
        now = datetime.datetime.now(datetime.timezone.utc)
        begin = now - datetime.timedelta(days=60)
        end = now + datetime.timedelta(days=days)
        _openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.certificate,
                 "-keyfile", self._key, "-in", request, "-out", certificate, "-utf8",
                 "-startdate", begin.strftime("%Y%m%d%H%M%SZ"),
                 "-enddate", end.strftime("%Y%m%d%H%M%SZ"))
        return certificate, key
