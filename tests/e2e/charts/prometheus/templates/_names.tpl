{{/* The names of the objects, computed as the real chart computes them. */}}

{{- define "prometheus.server" -}}
{{- if .Values.server.fullnameOverride -}}
{{- .Values.server.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- printf "%s-%s" .Release.Name .Values.server.name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s-%s" .Release.Name .Chart.Name .Values.server.name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "prometheus.serviceAccount" -}}
{{- $account := .Values.serviceAccounts.server -}}
{{- if $account.create -}}
{{- default (include "prometheus.server" .) $account.name -}}
{{- else -}}
{{- default "default" $account.name -}}
{{- end -}}
{{- end }}

{{/* The remote writes, of which only the URL may hold template expressions. */}}
{{- define "prometheus.remoteWrite" -}}
{{- $evaluated := list -}}
{{- range .Values.server.remoteWrite -}}
{{- $evaluated = append $evaluated (set (deepCopy .) "url" (tpl .url $)) -}}
{{- end -}}
{{- toYaml $evaluated -}}
{{- end }}
