{{/* The names of the objects, computed as the real chart computes them: 26 characters and a suffix. */}}

{{- define "kube-prometheus-stack.name" -}}
{{- default .Chart.Name .Values.nameOverride -}}
{{- end }}

{{- define "kube-prometheus-stack.fullname" -}}
{{- $name := include "kube-prometheus-stack.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 26 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 26 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 26 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "kube-prometheus-stack.prometheus" -}}
{{- printf "%s-prometheus" (include "kube-prometheus-stack.fullname" .) -}}
{{- end }}

{{- define "kube-prometheus-stack.serviceAccount" -}}
{{- if .Values.prometheus.serviceAccount.create -}}
{{- default (include "kube-prometheus-stack.prometheus" .) .Values.prometheus.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.prometheus.serviceAccount.name -}}
{{- end -}}
{{- end }}
