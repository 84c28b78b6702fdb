Set Warnings "-notation-overridden,-ambiguous-paths".
From mathcomp Require Import all_ssreflect all_algebra.
From Symsim Require Import Places.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* Attention heads and feed-forward networks over any field F, with any      *)
(* function e : F -> F in the place of exp. Rows are tokens.                 *)
Section Layers.
Variables (F : fieldType) (e : F -> F).

Definition softmax m p (S : 'M[F]_(m, p)) : 'M[F]_(m, p) :=
  \matrix_(i, j) (e (S i j) / \sum_k e (S i k)).

(* M is a mask: 1 where the query of the row may see the key of the column. *)
Definition msoftmax m p (M S : 'M[F]_(m, p)) : 'M[F]_(m, p) :=
  \matrix_(i, j) (M i j * e (S i j) / \sum_k (M i k * e (S i k))).
(* A function of rows, such as a layer norm, applied to every row. *)
Definition by_row (f : forall w, 'rV[F]_w -> 'rV[F]_w) m w (Z : 'M[F]_(m, w)) : 'M[F]_(m, w) :=
  \matrix_(i, j) f w (row i Z) 0 j.
Arguments by_row f {m w} Z.
Definition hide m p (M S : 'M[F]_(m, p)) : 'M[F]_(m, p) := \matrix_(i, j) (M i j * S i j).

Definition see_all N : 'M[F]_N := const_mx 1.
(* Every query sees the keys of the listed token groups, and nothing else. *)
Definition see_groups (ts keys : seq nat) : 'M[F]_(sumn ts) :=
  \matrix_(i, j) (has (fun g => covers ts g j) keys)%:R.

(* The same, and a query sees no key behind its own position. *)
Definition causal_groups (ts keys : seq nat) : 'M[F]_(sumn ts) :=
  \matrix_(i, j) (has (fun g => covers ts g j) keys && (j <= i)%N)%:R.
(* Row i of a causal softmax runs over the columns j <= i. *)
Definition causal_softmax n (S : 'M[F]_n) : 'M[F]_n := msoftmax (\matrix_(i, j) (j <= i)%N%:R) S.

Definition scores N D r (H : 'M[F]_(N, D)) (Q K : 'M[F]_(D, r)) := (H *m Q) *m (H *m K)^T.

Definition softmax_head N D r s (M : 'M[F]_N) (Q K : 'M[F]_(D, r)) (V : 'M[F]_(D, s)) (O : 'M[F]_(s, D))
    (H : 'M[F]_(N, D)) : 'M[F]_(N, D) :=
  msoftmax M (scores H Q K) *m (H *m V) *m O.
Definition linear_head N D r s (M : 'M[F]_N) (Q K : 'M[F]_(D, r)) (V : 'M[F]_(D, s)) (O : 'M[F]_(s, D))
    (H : 'M[F]_(N, D)) : 'M[F]_(N, D) :=
  hide M (scores H Q K) *m (H *m V) *m O.

(* Where the sum of exponentials is not 0, every row of a softmax sums to 1. *)
(* (mathcomp has x / 0 = 0, so that no condition is needed to state it.)     *)
Lemma softmax_row1 m p (S : 'M_(m, p)) i :
  \sum_k e (S i k) != 0 -> \sum_j softmax S i j = 1.
Proof. by move=> nz; under eq_bigr do rewrite mxE; rewrite -mulr_suml mulfV. Qed.

Lemma hide_all m p (S : 'M_(m, p)) : hide (const_mx 1) S = S.
Proof. by apply/matrixP=> i j; rewrite !mxE mul1r. Qed.

Lemma msoftmax_all m p (S : 'M_(m, p)) : msoftmax (const_mx 1) S = softmax S.
Proof.
apply/matrixP=> i j; rewrite !mxE mul1r; congr (_ / _).
by apply: eq_bigr => k _; rewrite mxE mul1r.
Qed.

(* Sums over the keys that are seen. *)
Lemma sum_covers ts g (f : 'I_(sumn ts) -> F) :
  \sum_(k < sumn ts) (covers ts g k)%:R * f k = \sum_r f (@seat ts g r).
Proof.
transitivity (\sum_(k < sumn ts | covers ts g k) f k).
  by rewrite [RHS]big_mkcond; apply: eq_bigr => k _; case: ifP; rewrite ?mul1r ?mul0r.
case: (posnP (nth 0%N ts g)) => [z|pos].
  have none (r : 'I_(nth 0%N ts g)) : False by case: r => r; rewrite z.
  rewrite [LHS]big1 => [|k /seatP[r]]; last by case: (none r).
  by rewrite big1 // => r; case: (none r).
pose back (k : 'I_(sumn ts)) : 'I_(nth 0%N ts g) := insubd (Ordinal pos) (k - offset ts g)%N.
have backK r : back (seat r) = r.
  by apply: val_inj; rewrite /back val_insubd /= addKn ltn_ord.
rewrite (reindex_onto (@seat ts g) back) => [|k /seatP[r ->]]; last by rewrite backK.
by apply: eq_bigl => r; rewrite covers_seat backK eqxx.
Qed.

Lemma see1E ts g i j : see_groups ts [:: g] i j = (covers ts g j)%:R.
Proof. by rewrite mxE /= orbF. Qed.

Lemma msoftmax_group ts g (S : 'M_(sumn ts)) :
  msoftmax (see_groups ts [:: g]) S = softmax (S *m (place F ts g)^T) *m place F ts g.
Proof.
apply/matrixP=> i j; rewrite [LHS]mxE.
have -> : \sum_k (see_groups ts [:: g] i k * e (S i k)) = \sum_r e ((S *m (place F ts g)^T) i r).
  under eq_bigr do rewrite see1E; rewrite sum_covers.
  by apply: eq_bigr => r _; rewrite colsE.
rewrite see1E [RHS]mxE; case c: (covers ts g j).
  have [r ->] := seatP c; rewrite [RHS](bigD1 r) //= placeE eqxx mulr1 [X in _ + X]big1 ?addr0 => [|k kr].
    by rewrite mxE colsE mul1r.
  by rewrite placeE (inj_eq (@seat_inj _ _)) eq_sym (negbTE kr) mulr0.
rewrite !mul0r [RHS]big1 // => k _; rewrite placeE; case: eqP => [jk|]; last by rewrite mulr0.
by rewrite jk covers_seat in c.
Qed.

(* The rows of a group that sees itself causally. *)
Lemma msoftmax_causal ts g (S : 'M_(sumn ts)) :
  place F ts g *m msoftmax (causal_groups ts [:: g]) S
  = causal_softmax (place F ts g *m S *m (place F ts g)^T) *m place F ts g.
Proof.
have see i r : causal_groups ts [:: g] (@seat ts g i) (@seat ts g r) = (r <= i)%N%:R :> F.
  by rewrite mxE /= orbF covers_seat /= leq_add2l.
have blind i (k : 'I_(sumn ts)) : covers ts g k = false -> causal_groups ts [:: g] i k = 0 :> F by rewrite mxE /= orbF => ->.
apply/matrixP=> i j; rewrite rowsE [LHS]mxE.
have -> : \sum_(k < sumn ts) (causal_groups ts [:: g] (seat i) k * e (S (seat i) k))
        = \sum_(r < nth 0%N ts g) ((r <= i)%N%:R * e ((place F ts g *m S *m (place F ts g)^T) i r)).
  transitivity (\sum_(k < sumn ts) (covers ts g k)%:R * (causal_groups ts [:: g] (seat i) k * e (S (seat i) k))).
    by apply: eq_bigr => k _; case c: (covers ts g k); rewrite ?mul1r // blind // !mul0r.
  by rewrite sum_covers; apply: eq_bigr => r _; rewrite see colsE rowsE.
rewrite [RHS]mxE; case c: (covers ts g j).
  have [r ->] := seatP c; rewrite [RHS](bigD1 r) //= placeE eqxx mulr1 [X in _ + X]big1 ?addr0 => [|k kr].
    rewrite see /causal_softmax mxE [in RHS]mxE colsE rowsE; congr (_ / _).
    by apply: eq_bigr => k _; rewrite [in RHS]mxE.
  by rewrite placeE (inj_eq (@seat_inj _ _)) eq_sym (negbTE kr) mulr0.
rewrite blind // !mul0r [RHS]big1 // => k _; rewrite placeE; case: eqP => [jk|]; last by rewrite mulr0.
by rewrite jk covers_seat in c.
Qed.

Lemma hide_group ts g (S : 'M_(sumn ts)) :
  hide (see_groups ts [:: g]) S = S *m (place F ts g)^T *m place F ts g.
Proof.
apply/matrixP=> i j; rewrite mxE see1E [RHS]mxE; case c: (covers ts g j).
  have [r ->] := seatP c; rewrite (bigD1 r) //= placeE eqxx mulr1 big1 ?addr0 => [|k kr].
    by rewrite colsE mul1r.
  by rewrite placeE (inj_eq (@seat_inj _ _)) eq_sym (negbTE kr) mulr0.
rewrite mul0r big1 // => k _; rewrite placeE; case: eqP => [jk|]; last by rewrite mulr0.
by rewrite jk covers_seat in c.
Qed.

(* Choosing rows commutes with everything that works row by row. *)
Lemma place_softmax ts g p (S : 'M_(sumn ts, p)) :
  place F ts g *m softmax S = softmax (place F ts g *m S).
Proof.
apply/matrixP=> i j; rewrite rowsE mxE [RHS]mxE rowsE; congr (_ / _).
by apply: eq_bigr => k _; rewrite rowsE.
Qed.
Lemma place_map ts g p (f : F -> F) (S : 'M_(sumn ts, p)) :
  place F ts g *m map_mx f S = map_mx f (place F ts g *m S).
Proof. by apply/matrixP=> i j; rewrite rowsE mxE [RHS]mxE rowsE. Qed.
Lemma row_by_row f m w (Z : 'M_(m, w)) i : row i (by_row f Z) = f w (row i Z).
Proof. by apply/rowP=> j; rewrite !mxE. Qed.
Lemma place_by_row ts g p f (S : 'M_(sumn ts, p)) :
  place F ts g *m by_row f S = by_row f (place F ts g *m S).
Proof.
apply/matrixP=> i j; rewrite rowsE !mxE; congr (f _ _ _ _).
by apply/rowP=> k; rewrite [LHS]mxE [RHS]mxE rowsE.
Qed.
Lemma place_const ts g p (a : F) :
  place F ts g *m (const_mx a : 'M_(_, p)) = const_mx a.
Proof. by apply/matrixP=> i j; rewrite rowsE mxE [RHS]mxE. Qed.
Lemma const11 (a : F) : (const_mx a : 'M_1) = a%:M.
Proof. by apply/matrixP=> i j; rewrite !mxE !ord1 mulr1n. Qed.
End Layers.
Arguments by_row {F} f {m w} Z.

(* In particular for positive e (such as exp) over an ordered field. *)
Lemma softmax_row1_pos (F : realFieldType) (e : F -> F) m p (S : 'M_(m, p.+1)) i :
  (forall x, 0 < e x) -> \sum_j softmax e S i j = 1.
Proof.
move=> e0; apply: softmax_row1; apply: lt0r_neq0; rewrite big_ord_recl ltr_paddr //.
by apply: sumr_ge0 => k _; apply: ltW.
Qed.
