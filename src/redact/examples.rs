//! What is hidden and what is shown, as tables.

use super::without_secrets;

/// Below the key of a map, at two columns. What begins with `S3C` is a secret.
const HIDDEN: &[&str] = &[
    "params: {token: [S3CRET1, \"S3CRET2\"]}",
    "token:\n    - S3CRET1\n    - S3CRET2",
    "password: {value: S3CRET1}",
    "password:\n    value: S3CRET1",
    "password: S3CRET1\n    S3CRET2",
    "password: \"S3CRET1\n    S3CRET2\"",
    "password: 'S3CRET1\n\n    S3CRET2'",
    "password: &a S3CRET1",
    "password: !!str S3CRET1",
    "? password\n  : S3CRET1",
    "\"pass\\u0077ord\": S3CRET1",
    "x: {\"password\":\"S3CRET1\",\"y\":1}",
    "x: {\"a\":{\"password\":\"S3C}RET1 S3CRET2\"},\"y\":1}",
    "env:\n    - name: DB_PASSWORD\n      value: S3CRET1",
    "env:\n    - value: S3CRET1\n      name: DB_PASSWORD",
    "env: [{name: DB_PASSWORD, value: S3CRET1}]",
    "args: [\"--token=S3CRET1\", --password, S3CRET2]",
    "args:\n    - --db.password=S3CRET1",
    "headers:\n    - \"Authorization: Bearer S3CRET1\"",
    "h: \"Basic dXNlcjpTM0NSRVQx-S3CRET1\"",
    "slack_api_url: https://hooks.slack.com/services/T0/B0/S3CRET1",
    "webhook_url: https://outlook.office.com/webhook/S3CRET1",
    "routing_key: S3CRET1\n  service_key: S3CRET2",
    "api_key: S3CRET1\n  apiKey: S3CRET2",
    "X-Api-Key: S3CRET1",
    "connectionString: \"Endpoint=x;AccountKey=S3CRET1;SharedAccessKey=S3CRET2\"",
    "url: \"https://x.blob.core.windows.net/c?sv=2020&sig=S3CRET1&se=2\"",
    "doc: |\n    {\"password\": \"S3CRET1\", \"a\": 1}",
    "note: see https://u:S3CRET1@h/p and ftp://a:S3CRET2@b",
    "url: \"https:\\/\\/u:S3CRET1@h/p\"",
    "url: https://h/p#access_token=S3CRET1",
    "x: |\n    -----BEGIN RSA PRIVATE KEY-----\n    S3CRET1\n    -----END RSA PRIVATE KEY-----",
    "x: \"-----BEGIN PRIVATE KEY-----\\nS3CRET1\\n-----END PRIVATE KEY-----\"",
    "password :   S3CRET1",
    "\"password\"   :   \"S3CRET1\"",
    "a: 1 # password: S3CRET1",
    "# password:\n  #   S3CRET1",
    "l:\n    - password: S3CRET1",
    "l:\n    - - password: S3CRET1",
    "credential: S3CRET1\n  creds: S3CRET2",
    "pw: S3CRET1\n  pass: S3CRET2\n  passphrase: S3CRET3",
    "community: S3CRET1\n  auth: S3CRET2",
    "private_key: S3CRET1\n  privateKey: S3CRET2",
    "DATA_SOURCE_NAME: \"postgresql://u:S3CRET1@h:5432/db\"\n  d2: \"u:S3CRET2@tcp(h:3306)/db\"",
    "url: https://S3CRET1@h/p",
    "password: >\n    S3CRET1\n\n    S3CRET2",
    "password: |2-\n    S3CRET1",
    "a: &x {password: S3CRET1}\n  b: {<<: *x, token: \"S3CRET2\"}",
    "x: {password:\n    S3CRET1, b: c}",
    "x: {a: b, password: \"S3CRET1\n    S3CRET2\"}",
    "password:\n    S3CRET1",
    "password:\n    \"S3CRET1\"",
    "password: # hi\n    S3CRET1",
    "Cookie: \"session=S3CRET1\"",
    "data: {password: UzNDUkVUMQ==S3CRET1}",
    "password: |\r\n    S3CRET1\r",
    "http_headers: {X-Auth: {secrets: [S3CRET1]}}",
    "http_headers:\n    X-Foo:\n      secrets:\n      - S3CRET1\n      - S3CRET2",
    "http_headers:\n    Authorization:\n      secrets: [S3CRET1, S3CRET2]",
    "http_headers:\n    Authorization:\n      values: [\"Bearer S3CRET1\"]",
    "http_headers:\n    X-API-Key:\n      values: [S3CRET1]",
    "http_headers:\n    X-API-Key:\n      values:\n      - S3CRET1",
    "proxy_connect_header:\n    Proxy-Authorization: [\"Basic S3CRET1\"]",
    "proxy_connect_header:\n    Proxy-Authorization:\n      - \"Basic S3CRET1\"",
    "proxy_connect_header:\n    Proxy-Authorization:\n      - S3CRET1",
    "consumer_key: S3CRET1\n  application_secret: S3CRET2\n  application_key: S3CRET3",
    "application_credential_secret: S3CRET1\n  password: S3CRET2",
    "auth_token: S3CRET1",
    "params:\n    token: [S3CRET1]",
    "params:\n    token:\n      - S3CRET1",
    "params:\n    access_token: [\"S3CRET1\"]",
    "azuread: {oauth: {client_secret: S3CRET1}}",
    "service_account_key: S3CRET1",
    "adminPassword: S3CRET1\n  smtp_auth_password: S3CRET2",
    "extraSecret: {data: {a: S3CRET1}}",
    "stringData:\n    x: S3CRET1",
    "basic_auth_users:\n    admin: S3CRET1",
    "pat: ghp_S3CRET1\n  gh: \"glpat-S3CRET2\"",
    "x: &pw S3CRET1\n  y: {password: *pw}",
    "x: &pw {a: [S3CRET1]}\n  y:\n    credentials: *pw",
    "password: #S3CRET1",
    "password: &S3CRET1",
    "password: !S3CRET1",
    "url: \"https://u:S3C,RET1,S3CRET2@h/p\"",
    "url: \"https://u:S3CRET1/S3CRET2@h/p\"",
    "url: \"https://u:S3\\u0043RET1S3CRET2@h/p\"",
    "h: >-\n    Bearer\n    S3CRET1abc",
    "h: Bearer\n    S3CRET1abc",
    "x: '{\"auths\": {\"r\": {\"password\": \"S3CRET1\", \"token\": [\"S3CRET2\"]}}}'",
    "x: \"{\\\"password\\\": \\\"S3CRET1\\\"}\"",
    "prometheus.yml: |\n    remote_write:\n    - url: u\n      basic_auth:\n        password:\n          S3CRET1\n      params: {token: [S3CRET2]}",
    "prometheus.yml: \"remote_write:\\n- basic_auth: {password: S3CRET1}\\n\"",
    "a: |\n    b: |\n      c: |\n        password: {v: S3CRET1}",
    "# basic_auth:\n  #   password:\n  #     - S3CRET1\n  b: 1 # {token: [S3CRET2]}",
    "# -----BEGIN PRIVATE KEY-----\n  # S3CRET1\n  # -----END PRIVATE KEY-----",
    "command: [sh, -c, \"mysql --password S3CRET1 && export TOKEN=S3CRET2\"]",
    "args: [\"--token\", \"S3CRET1\"]",
    "args:\n    - --password\n    - S3CRET1",
    "parameters:\n    - {name: grafana.adminPassword, value: S3CRET1}",
    "httpHeaders:\n    - name: Authorization\n      value: S3CRET1",
    "r: {apiVersion: v1, data: {x: S3CRET1, y: [S3CRET2]}, kind: Secret}",
    "x: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.S3CRET1abc",
    "x: abc8Q~S3CRET1aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "tls_config:\n    cert: x\n    key: S3CRET1",
    "users: [{user: {client-key-data: S3CRET1, token: S3CRET2}}]",
    "key: S3CRET1aaaaaaaaaaaaaaaaaaaaaa",
    "webhook_configs:\n    - url: https://h/S3CRET1",
    "u: https://x.webhook.office.com/webhookb2/S3CRET1",
    "u: https://api.telegram.org/bot1:S3CRET1/send",
    "x: host=h user=u password=S3CRET1 dbname=d",
    "secret: {a: {b: [{c: S3CRET1}]}}",
    "authorization: {type: Bearer, credentials: S3CRET1}",
    "secret: {name: x, value: S3CRET1}",
    "password1: S3CRET1\n  password_2: S3CRET2",
    "x: [\"--set\", \"grafana.adminPassword=S3CRET1\"]",
    "x: {password: \"S3CRET1, S3CRET2\", b: c}",
    "a: 1\n---\nb: {password: [S3CRET1]}\nc:\n  d: 1",
    "\"https://u:S3CRET1@h\": x",
    "x: <add key=\"a\" password=\"S3CRET1\"/>",
    "env:\n    - name: DB_PASSWORD\n      #value: S3CRET1\n      value: new",
    "env:\n    - name: DB_PASSWORD\n      value: new\n      # value: S3CRET1",
    "env:\n    - name: DB_PASSWORD\n      value: new #value: S3CRET1",
    "env:\n    - name: DB_PASSWORD\n  #    value: S3CRET1\n      value: new",
    "env:\n    - name: A_KEY\n      value: x\n      # The one of 2023\n      # was value: S3CRET1\n      # value: S3CRET2",
    "env:\n    # value: S3CRET1\n    - name: A_KEY\n      value: x",
    "password: new # was S3CRET1",
    "basic_auth:\n    username: x\n    # was S3CRET1\n    password: new",
    "basic_auth:\n    password: >-\n      new\n    # old S3CRET1",
    "password: \"new\n    more\" # S3CRET1",
    "password: | # S3CRET1\n    a",
    "token:\n    - abc # S3CRET1\n    - def",
    "x:\n    password: a\n  # the old password S3CRET1",
    "tls_config:\n    # key: S3CRET1\n    cert: foo",
    "tls_config:\n    #key: |\n    #  S3CRET1\n    cert: foo",
    "http_headers:\n    X-Foo:\n      # values: [S3CRET1]\n      files: [a]",
    "webhook_configs:\n    - send_resolved: true\n      # url: http://x/S3CRET1",
    "stringData:\n    # old: S3CRET1\n    # just S3CRET2\n    a: b",
    "r:\n    kind: Secret\n    data:\n      a: b\n      # b: S3CRET1",
    "headers:\n    # X-Vault: S3CRET1\n    X-Scope-OrgID: a",
    "encryption: {key: S3CRET1}\n  azure: {key: S3CRET2}\n  auth: {key: S3CRET3}",
    "x: {account: a, key: S3CRET1}",
    "x: {key: aS3C0123456789Abcdef01, y: 1}\n  z: {key: \"S3C RET1\"}",
    "a: \"user:S3CRET1@localhost\"\n  b: user:S3CRET2@10.0.0.1:5432/db",
    "image: a:b@sha256:0123 u:S3CRET1@tcp(h:1)/d",
    "headers: {X-Vault: S3CRET1, X-Honeycomb-Team: S3CRET2}",
    "grafana.ini: |\n    secret_key = \"\"\"S3CRET1\"\"\"",
    "x.xml: |\n    <password>S3CRET1</password>",
    "x.properties: |\n    db.password S3CRET1\n    db.password:S3CRET2",
    ".netrc: |\n    machine h login u password S3CRET1",
    ".pgpass: |\n    host:5432:db:user:S3CRET1",
    "a: юзер:S3CRET1@tcp(db:3306)/x\nb: |\n    сервер:5432:db:user:S3CRET2",
    "# app-ключ_password:S3CRET1\n# setenv MÜ_PASSWORD S3CRET2\n# Bearer hünter9S3CRET3",
    "x.sh: |\n    curl -u user:S3CRET1 h\n    curl --user u:S3CRET2 h\n    sshpass -p S3CRET3 ssh h\n    mysql -pS3CRET4",
    "args: [-u, \"user:S3CRET1\"]\n  b: [--basic-auth, \"user:S3CRET2\"]",
    "args: [\"--header=X-Api-Key:S3CRET1\"]",
    "u: https://hc-ping.com/S3CRET1",
    "oauth2: {endpoint_params: {p: S3CRET1, assertion: S3CRET2, grant_type: x}}",
    "oauth2:\n    endpointParams:\n      name: S3CRET1\n      # q: S3CRET2\n      type: S3CRET3",
    "x: &p {p: S3CRET1}\n  oauth2: {endpoint_params: *p}",
    "command: [sh, -c, \"echo | login -p S3CRET1\"]",
    "command:\n    - sh\n    - -c\n    - |\n      docker login -u ada -p S3CRET1 && x -p 'S3CRET2 S3CRET3'",
    "args: [sh, -c, 'x --password \"S3CRET1 S3CRET2\" --token=S3CRET3 -u  ada:S3CRET4']",
    "args: [login, -p, S3CRET1]",
    "# Was\n  # args: [--password, S3CRET1]",
    "# args: [--password, S3CRET1]",
    "# Was\n  # - --password\n  # - S3CRET1",
    "args:\n    # - --password\n    # - S3CRET1\n    - a",
    "# the password is S3CRET1\n  a: 1",
    "# new password S3CRET1\n  a: 1 # password -> S3CRET2",
    "spec:\n    # value: S3CRET1\n    replicas: 1",
    "env:\n    - name: DB_PASSWORD\n      <<: {value: S3CRET1}",
    "x: &x {value: S3CRET1}\n  env:\n    - name: DB_PASSWORD\n      <<: *x",
    "x: {dockerconfigjson: S3CRET1, y: {.dockerconfigjson: S3CRET2}}",
    "x: eyJhdXRocyI6eyJyIjp7ImF1dGgiOiJTM0NSRVQifX19S3CRET1",
    "x: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpTS3CRET1",
    "command: [redis-server, --requirepass, S3CRET1]\n  x: redis-cli -h h -a S3CRET2 ping",
    "x: sk-ant-api03-S3CRET1aaaaaaaaaaaaaaaa",
    "x: vault login S3CRET1",
    "otp: S3CRET1\n  mnemonic: \"S3CRET2 S3CRET3\"\n  seed: S3CRET4\n  pin: S3CRET5\n  seed_phrase: S3CRET6",
    "args: [--otp=S3CRET1, --otp, S3CRET2, --seed=S3CRET3]",
    "url: https://ada:S3CRET1@unknown.example/p?code=S3CRET2&x=S3CRET3",
    "x: |\n    setenv DB_PASSWORD S3CRET1\n    setenv API_TOKEN \"S3CRET2\"\n    set -gx MY_KEY S3CRET3",
    "x: |\n    docker login -u ada --password-stdin <<< S3CRET1\n    cat > /etc/p <<EOF\n    password = S3CRET2\n    EOF",
    "x: |\n    password := \"S3CRET1\"\n    'token' => 'S3CRET2',\n    key = S3CRET3aaaaaaaaaaaaaaaaaa",
    "# vault kv put secret/x password=S3CRET1 value=S3CRET2\n  # vault write auth/x id=S3CRET3",
    "# ldapsearch -x -D cn=admin,dc=x -w S3CRET1 -b dc=x\n  # ldapadd -wS3CRET2\n  # /usr/bin/ldapmodify -x -w 'S3CRET3 S3CRET4'",
    "# ldapsearch -x \\\n  #   -D cn=a: \\\n  #   -w S3CRET1",
    "# ldapsearch -x -w \\\n  #   S3CRET1",
    "# htpasswd -nb ada S3CRET1\n  # htpasswd -nbB -C 10 ada 'S3CRET2 S3CRET3'\n  # htpasswd -cb /etc/f ada S3CRET4",
    "# aws configure set aws_secret_access_key S3CRET1\n  # aws secretsmanager create-secret --name a --secret-string S3CRET2\n  # aws ssm put-parameter --name a --value S3CRET3",
    "# smbclient //h/s -U ada%S3CRET1\n  # rpcclient -Uada%S3CRET2 h\n  # net ads join -U 'ada%S3CRET3'\n  # smbclient //h/s S3CRET4",
    "# echo S3CRET1 | base64\n  # echo -n 'S3CRET2 S3CRET3' | base64 -w0\n  # printf \"S3CRET4\" | docker login -u a --password-stdin\n  # echo S3CRET5|openssl enc -e\n  # echo a:S3CRET6 | sudo chpasswd\n  # echo S3CRET7 | sudo -S ls",
    "# echo -n \"S3CRET1\" | base64\n  # echo 'S3CRET2' | sudo -S ls\n  # printf '%s' 'S3CRET3' | docker login -u u --password-stdin",
    "command: [htpasswd, -nb, ada, S3CRET1]\n  args:\n  - vault\n  - login\n  - S3CRET2a\n  - x\n  cmd: [smbclient, //h/s, -U, ada%S3CRET3]\n  run: [mc, alias, set, a, 'http://h', ada, 'S3CRET4 S3CRET5']",
    "# base64 <<< S3CRET1\n  # echo S3CRET2 | kubectl create secret generic a --from-file=x=/dev/stdin",
    "# openssl enc -aes-256-cbc -k S3CRET1 -in a\n  # openssl enc -K S3CRET2 -iv 0\n  # openssl enc -pass pass:S3CRET3\n  # openssl dgst -hmac S3CRET4",
    "# sqlcmd -S h -U sa -P S3CRET1\n  # mosquitto_pub -u a -P S3CRET2 -t x\n  # zip -P S3CRET3 a.zip a\n  # 7z a -pS3CRET4 a.7z\n  # snmpwalk -v2c -c S3CRET5 h",
    "# mysql -uroot -p'S3CRET1 S3CRET2' db\n  # mariadb-dump -pS3CRET3\n  # sshpass -pS3CRET4 ssh h\n  # sshpass -p S3CRET5 ssh h",
    "# rabbitmqctl add_user ada S3CRET1\n  # mc alias set a http://h KEY S3CRET2\n  # vault operator unseal S3CRET3\n  # wpa_passphrase net S3CRET4\n  # sqlplus ada/S3CRET5@db",
    "# az keyvault secret set --vault-name v --name n --value S3CRET1\n  # gh secret set N --body S3CRET2\n  # gh secret set N -b S3CRET3\n  # heroku config:set A=S3CRET4\n  # kubectl set env deploy/a A=S3CRET5",
    "# git config --global user.password S3CRET1\n  # consul kv put app/password S3CRET2\n  # etcdctl put db_password S3CRET3\n  # npm config set //r/:_authToken S3CRET4",
    "# xfreerdp /u:a /p:S3CRET1\n  # ConvertTo-SecureString -String S3CRET2 -AsPlainText\n  # CREATE USER a IDENTIFIED BY 'S3CRET3 S3CRET4'\n  # ALTER USER a WITH PASSWORD 'S3CRET5'",
    "# curl --oauth2-bearer S3CRET1 -b 'S3CRET2' https://h",
    "command: [ldapsearch, -x, -w, S3CRET1]\n  args: [mysql, -pS3CRET2]",
    ".htpasswd: |\n    ada:$2y$10$S3CRET1aaaaaaaaaaaaaaaaaaaaaaaa\n    bob:$apr1$S3CRET2a$aaaaaaaaaaaaaaaaaaaaaa\n    eve:{SHA}S3CRET3aaaaaaaaaaaaaaaaaaaa=",
];

/// The same; nothing of it is a secret.
const SHOWN: &[&str] = &[
    "secretName: amw",
    "seeds: 3\n  pinned: yes\n  seed_nodes: [a, b]\n  pins: [1, 2]\n  spin: 4",
    "x: |\n    setenv LANG C\n    set -gx PATH /bin\n    cat <<< hello",
    "x: &x {valueFrom: {secretKeyRef: {name: db, key: pass}}}\n  env:\n    - name: DB_PASSWORD\n      <<: *x",
    "relabel_configs:\n    - {source_labels: [a, b], regex: (.+);(.+), replacement: $1$2$3$1$2$3$1$2$3$1$2$3}",
    "x: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUI=",
    "expr: sum by (key) (x{key=\"node-pool-1\"}) == 1 and a => b",
    "existingSecret: grafana",
    "# vault kv put secret/x @data.json\n  # vault kv get secret/x\n  # htpasswd -c /etc/f ada\n  # set the password to the one of the vault\n  # put the token in a file",
    "# echo hello | tee /tmp/x\n  # echo $PASSWORD | base64\n  # grep -w word file\n  # openssl x509 -in a -noout\n  # curl -w code -o /dev/null https://h",
    "command: [sh, -c, 'echo ready | nc -w 1 h 80', --auth, basic, --api-url, 'http://h']",
    "# kubectl config set-context a\n  # helm upgrade a b --set x.y=z\n  # ab%cd at 50% of 100%\n  # 100% -U of a",
    "imagePullSecrets: [a, b]",
    "password_file: /etc/p",
    "tokenFile: /t",
    "bearer_token_file: /t",
    "authorization:\n    type: Bearer\n    credentials_file: /t",
    "automountServiceAccountToken: false",
    "valueFrom: {secretKeyRef: {name: db, key: pass}}",
    "env:\n    - name: DB_PASS\n      valueFrom:\n        secretKeyRef:\n          name: db\n          key: pass",
    "tolerations:\n    - key: kubernetes.azure.com/scalesetpriority\n      operator: Equal\n      value: spot",
    "sources:\n    - serviceAccountToken:\n        path: azure-identity-token\n        audience: api://AzureADTokenExchange\n        expirationSeconds: 3600",
    "volumes:\n    - name: amw\n      secret:\n        secretName: amw\n        items:\n        - key: client-secret\n          path: client-secret",
    "clientSecret:\n    name: amw\n    key: client-secret",
    "basicAuth: {username: {name: a, key: user}, password: {name: a, key: password, optional: true}}",
    "prometheusSpec:\n    secrets:\n    - amw\n    - etcd-client",
    "secrets:\n    - name: sa-token",
    "tlsConfig: {keySecret: {name: tls, key: tls.key}}",
    "azureAd: {cloud: AzurePublic, oauth: {clientId: 22222222-2222-2222-2222-222222222222, tenantId: 11111111-1111-1111-1111-111111111111, clientSecret: {name: amw, key: client-secret}}}",
    "azuread:\n    cloud: AzurePublic\n    managed_identity:\n      client_id: 22222222-2222-2222-2222-222222222222",
    "azuread: {workload_identity: {client_id: a, tenant_id: b, token_file_path: /var/run/secrets/azure/tokens/azure-identity-token}}",
    "url: https://amw-1a2b.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
    "url: http://mimir.monitoring.svc:9009/api/v1/push\n  headers: {X-Scope-OrgID: team-a}",
    "tokenUrl: https://login.microsoftonline.com/t/oauth2/v2.0/token",
    "oauth2: {client_id: a, token_url: 'https://h/t', scopes: [s], endpoint_params: {grant_type: client_credentials}}",
    "write_relabel_configs:\n    - source_labels: [__name__, secret]\n      regex: kube_secret_.*|token_.*\n      action: drop",
    "writeRelabelings:\n    - sourceLabels: [__meta_kubernetes_secret_name]\n      targetLabel: secret\n      action: replace",
    "labels: {app.kubernetes.io/name: prometheus}",
    "external_labels: {cluster: prod, prometheus_replica: $(POD_NAME)}",
    "image: quay.io/prometheus/prometheus:v3.7.0@sha256:0123456789abcdef",
    "args: [--config.file=/etc/p.yml, --web.enable-lifecycle, --storage.tsdb.retention.time=30d, --token-file, /t, --token-file=/t]",
    "expr: job:request_latency_seconds:mean5m{job=\"api\"} > 0.5",
    "rules: [{resources: [secrets, configmaps], verbs: [get, list]}]",
    "queue_config: {max_shards: 50, capacity: 10000}",
    "topologyKey: kubernetes.io/hostname",
    "nodeSelector: {agentpool: system}",
    "admissionWebhooks:\n    enabled: true\n    patch: {image: {registry: registry.k8s.io}}",
    "additionalScrapeConfigsSecret: {enabled: true, name: scrape, key: jobs.yaml}",
    "env: [{name: TZ, value: UTC}, {name: INGESTION_URL, value: 'https://h/p?api-version=2023-04-24'}]",
    "# The password is in the vault; the token comes from a file.\n  a: 1",
    "# Basic authentication is off.\n  b: 1",
    "# our secret:\n  url: u",
    "password: ${DB_PASSWORD}",
    "args: [--token=$(TOKEN)]",
    "x: |\n    a: 1\n    b: [c, d]",
    "cert: |\n    -----BEGIN CERTIFICATE-----\n    MIIB\n    -----END CERTIFICATE-----",
    "grafana: {sidecar: {datasources: {enabled: true, label: grafana_datasource}}}",
    "description: see https://host:9090/a@b for more",
    "mail: ada@example.com",
    "git: git@github.com:org/repo.git",
    "secretProviderClass: azure-kv",
    "nodePublishSecretRef: {name: kv}",
    "kind: ConfigMap\n  data: {a: b}",
    "annotations: {azure.workload.identity/client-id: 22222222-2222-2222-2222-222222222222}",
    "scrape_configs:\n    - job_name: node\n      static_configs: [{targets: ['10.0.0.1:9100']}]",
    "remoteWrite: [{name: azure-monitor-amw, sendExemplars: true}]",
    "params: {module: [http_2xx], 'match[]': ['{job=\"x\"}']}",
    "http_headers: {X-A: {files: [/f]}}",
    "params: {module: [if_mib], auth: [public_v2]}",
    "grafana:\n    # Change this, see docs/readme.md and v2.45.0.\n    adminPassword: \"\"  # set in production\n    enabled: true # since 3.14",
    "remote_write:\n    # Mimir takes 10.0.0.1:9009 too; see https://grafana.com/docs/mimir.\n    - url: https://h\n      # the user of the gateway\n      basic_auth: {username: x, password_file: /etc/p}",
    "tolerations:\n    # - key: kubernetes.azure.com/scalesetpriority\n    #   value: spot\n    - key: dedicated\n      value: infra",
    "matchExpressions:\n    # - key: agentpool\n    - {key: kubernetes.io/os, operator: In, values: [linux]}",
    "env:\n    - name: TZ\n      value: UTC # or Europe/Berlin\n    # - name: GOGC\n    #   value: \"50\"",
    "headers: {X-Scope-OrgID: team-a, Content-Type: application/json, THANOS-TENANT: x}",
    "args: [--certificate, secret:monitoring/tls, --user, ada]\n  image: my-token:1.0",
    "externalSecret: {data: [{remoteRef: {key: path/to/secret, property: password}}]}",
    "relabelings: [{regex: '([^:]+)(?::\\d+)?;(\\d+)', replacement: '$1:$2'}]",
    "description: login with a password that is long",
    "command: [sh, -c, \"mkdir -p data && ssh -p 22 h && x -p 8080:80 -p /data && login -p $(PASSWORD)\"]",
    "args: [-p, /data, -p, '9090']",
    "oauth2:\n    endpoint_params:\n      client_id: a\n      grant_type: client_credentials",
    "# The password is required. The token is in token1.txt, password -> /etc/p1\n  a: 1",
    "spec:\n    tolerations:\n      # value: spot\n      - key: dedicated\n        value: infra",
    "azure:\n    # clientId: 22222222-2222-2222-2222-222222222222\n    tenantId: x",
];

fn as_document(part: &str) -> String {
    format!("extra:\n  {part}\nglobal: {{external_labels: {{cluster: x}}}}\n")
}

#[test]
fn every_secret_of_the_table_is_hidden() {
    let all = HIDDEN.iter().map(|part| as_document(part));
    let failures: Vec<String> = all
        .filter_map(|text| {
            let clean = without_secrets(&text);
            let again = without_secrets(&clean);
            let is_right = !clean.contains("S3C")
                && clean.contains("cluster: x")
                && clean.matches('\n').count() == text.matches('\n').count()
                && again == clean;
            (!is_right).then(|| format!("{text}--->\n{clean}--->\n{again}"))
        })
        .collect();

    assert!(failures.is_empty(), "{}", failures.join("\n======\n"));
}

#[test]
fn nothing_of_the_table_of_names_is_hidden() {
    let all = SHOWN.iter().map(|part| as_document(part));
    let failures: Vec<String> = all
        .map(|text| (without_secrets(&text), text))
        .filter(|(clean, text)| clean != text)
        .map(|(clean, text)| format!("{text}--->\n{clean}"))
        .collect();

    assert!(failures.is_empty(), "{}", failures.join("\n======\n"));
}

/// Of the ways of writing them, those that need a parser can be missed there.
#[test]
fn most_secrets_are_hidden_in_a_template_too() {
    let all = HIDDEN
        .iter()
        .map(|part| format!("{{{{- if .Values.x }}}}\n{}", as_document(part)));
    let missed: Vec<String> = all
        .filter(|text| without_secrets(text).contains("S3C"))
        .collect();

    assert!(missed.len() < 10, "{}", missed.join("\n======\n"));
}

/// Each text becomes the clean one, which is left as it is.
fn become_and_stay(cases: &[(&str, &str)]) {
    for (text, clean) in cases {
        assert_eq!(without_secrets(text), *clean);
        assert_eq!(
            without_secrets(clean),
            *clean,
            "hiding twice changes nothing"
        );
    }
}

#[test]
fn a_long_line_takes_a_time_in_proportion() {
    let line = format!("{{{}}}", "values: 1, ".repeat(100_000));

    assert_eq!(without_secrets(&line), line);
}

#[test]
fn secrets_are_hidden_in_every_way_of_writing_them() {
    let cases = [
        (
            "client_secret: abc # ours\n",
            "client_secret: <secret> # <secret>\n",
        ),
        ("  - password: 'a''b'\r\n", "  - password: <secret>\r\n"),
        (
            "\"bearer_token\": \"a\\\"b\", \"x\": 1\n",
            "\"bearer_token\": <secret>, \"x\": 1\n",
        ),
        (
            "oauth: {client_secret: abc, tenant_id: t}",
            "oauth: {client_secret: <secret>, tenant_id: t}",
        ),
        (
            "credentials: |\n  abc\n  key: x\nurl: u\n",
            "credentials: |\n  <secret>\n  <secret>\nurl: u\n",
        ),
        (
            "client_secret:\n  abc\nurl: u\n",
            "client_secret:\n  <secret>\nurl: u\n",
        ),
        (
            "password: a\n  b: c\nurl: u\n",
            "password: <secret>\n  <secret>\nurl: u\n",
        ),
        (
            "password: \"a\n b\"\nurl: u\n",
            "password: <secret>\n <secret>\nurl: u\n",
        ),
        (
            "headers: {Authorization: Bearer abc}\n",
            "headers: {Authorization: <secret>}\n",
        ),
        (
            "url: https://ada:pw@host/x?y\n",
            "url: https://ada:<secret>@host/x?y\n",
        ),
        (
            "file: |\n  oauth2:\n    client_secret: x\n",
            "file: |\n  oauth2:\n    client_secret: <secret>\n",
        ),
    ];
    become_and_stay(&cases);
}

#[test]
fn secrets_are_hidden_in_the_arguments_of_commands() {
    let cases = [
        (
            "# openssl rsa -passin pass:abc -passout=pass:def -in a\n",
            "# openssl rsa -passin pass:<secret> -passout=pass:<secret> -in a\n",
        ),
        (
            "# keytool -storepass abc -keypass def\n",
            "# keytool -storepass <secret> -keypass <secret>\n",
        ),
        (
            "# create secret generic a --from-literal=key=abc --from-literal user=def\n",
            "# create secret generic a --from-literal=key=<secret> --from-literal user=<secret>\n",
        ),
        (
            "# create secret generic a --from-literal 'key=abc def' --from-literal=\"x=y\"\n",
            "# create secret generic a --from-literal 'key=<secret>' --from-literal=\"x=<secret>\"\n",
        ),
        (
            "# helm upgrade a b --set-string a.password=abc --set x.secret=def,y=1 --set env[0].value=ghi\n",
            "# helm upgrade a b --set-string a.password=<secret> --set x.secret=<secret>,y=1 --set env[0].value=<secret>\n",
        ),
        (
            "# kubectl create secret generic a --from-file=key=a.txt\n",
            "# kubectl create secret generic a --from-file=key=a.txt\n",
        ),
    ];
    become_and_stay(&cases);
}

#[test]
fn secrets_are_hidden_in_any_language_and_behind_anchors() {
    let cases = [
        (
            "région: a\n日本password: b\n\u{feff}token: c\n",
            "région: a\n日本password: <secret>\n\u{feff}token: <secret>\n",
        ),
        (
            "password: &shared abc\nurl: u\n",
            "password: <secret>\nurl: u\n",
        ),
        (
            "authorization: &shared\n  credentials_file: /token\n",
            "authorization: &shared\n  credentials_file: /token\n",
        ),
    ];
    for (text, clean) in cases {
        assert_eq!(without_secrets(text), clean);
    }
}

#[test]
fn values_are_hidden_where_their_place_makes_them_secret() {
    let cases = [
        (
            "env:\n- name: DB_PASS\n  value: abc\n- name: GOGC\n  value: \"50\"\n",
            "env:\n- name: DB_PASS\n  value: <secret>\n- name: GOGC\n  value: \"50\"\n",
        ),
        (
            "env:\n- value: abc\n  name: DB_PASS\n",
            "env:\n- value: <secret>\n  name: DB_PASS\n",
        ),
        (
            "env: [{name: DB_PASS, value: abc}, {name: TZ, value: UTC}]\n",
            "env: [{name: DB_PASS, value: <secret>}, {name: TZ, value: UTC}]\n",
        ),
        (
            "{\n  \"name\": \"DB_PASS\",\n  \"value\": \"abc\"\n}\n",
            "{\n  \"name\": \"DB_PASS\",\n  \"value\": <secret>\n}\n",
        ),
        (
            "tls_config:\n  cert: x\n  key: |\n    a\n    b\nurl: u\n",
            "tls_config:\n  cert: x\n  key: |\n    <secret>\n    <secret>\nurl: u\n",
        ),
        (
            "tls_config: {cert: x, key: abc}\n",
            "tls_config: {cert: x, key: <secret>}\n",
        ),
        (
            "http_headers:\n  X-A:\n    values: [a, b]\n    secrets:\n    - c\n    files: [f]\n",
            "http_headers:\n  X-A:\n    values: [<secret>, <secret>]\n    secrets:\n    - <secret>\n    files: [f]\n",
        ),
        (
            "{url: 'https://u:a@h/', password: b, proxy_url: 'http://t0k@g'}\n",
            "{url: 'https://u:<secret>@h/', password: <secret>, proxy_url: 'http://<secret>@g'}\n",
        ),
        (
            "url: https://h/push?token=abc&api-version=1, source: http://t0k@g/\n",
            "url: https://h/push?token=<secret>&api-version=1, source: http://<secret>@g/\n",
        ),
    ];
    become_and_stay(&cases);
}

#[test]
fn what_only_names_a_secret_stays_readable() {
    for text in [
        "tolerations:\n- key: a\n  operator: Equal\n  value: b\n",
        "env:\n- name: DB_PASS\n  valueFrom: {secretKeyRef: {name: db, key: pass}}\n",
        "tlsConfig:\n  keySecret:\n    name: tls\n    key: tls.key\n",
        "url: https://h/api/v1/write?api-version=2023-04-24\n",
        "clientSecret:\n  name: amw\n  key: secret\n",
        "clientSecret: {name: amw, key: client-value}\n",
        "password_file: /etc/p\n",
        "existingSecret: grafana\n",
        "automountServiceAccountToken: false\n",
        "sources:\n- serviceAccountToken:\n    audience: api://AzureADTokenExchange\n",
        "url: https://host:9090/a@b\n",
        "# our secret:\nurl: u\n",
    ] {
        assert_eq!(without_secrets(text), text);
    }
}
